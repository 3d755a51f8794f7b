import { Interval, TradingSymbol, tradingSymbol } from '@bot-core/events';
import { commonSettings, exchangeSettings, list, setting, wholeNumber } from '@bot-core/service';

export const ingestSettings = {
  natsUrl: commonSettings.natsUrl,
  ...exchangeSettings,
  symbols: setting(
    'SYMBOLS',
    'The markets to follow, separated by commas.',
    list(TradingSymbol.transform(tradingSymbol)),
    {
      default: 'BTCUSDT',
    },
  ),
  interval: setting('INTERVAL', 'The candle interval of all of them.', Interval, { default: '1h' }),
  history: setting(
    'KLINE_HISTORY',
    'How many candles of each market are fetched where none is stored yet; else what is missing since the newest stored one.',
    wholeNumber({ max: 500_000 }),
    { default: '1000' },
  ),
  silenceMs: setting(
    'MARKET_SILENCE_MS',
    'How long the market socket may send nothing, pings included, before it is opened anew, in milliseconds. Binance pings every 20 s.',
    wholeNumber({ min: 100 }),
    { default: '60000' },
  ),
};
