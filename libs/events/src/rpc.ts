import { z } from 'zod';

/** A question or a command, answered over NATS request/reply on `rpc.<service>.<method>`. */
export interface RpcDefinition<Request = unknown, Response = unknown> {
  readonly service: string;
  readonly method: string;
  readonly request: z.ZodType<Request>;
  readonly response: z.ZodType<Response>;
  readonly description: string;
}
export type RequestOf<D extends { readonly request: z.ZodType }> = z.infer<D['request']>;
export type ResponseOf<D extends { readonly response: z.ZodType }> = z.infer<D['response']>;

export const rpc = <Request, Response>(
  service: string,
  method: string,
  description: string,
  request: z.ZodType<Request>,
  response: z.ZodType<Response>,
): RpcDefinition<Request, Response> => ({ service, method, request, response, description });

/** Every answer is one of these. A refusal is expected and typed; an exception at the other end arrives as `internal`. */
export const RpcError = z.strictObject({
  code: z.string().describe('invalid-request, refused, not-ready, internal, or a code of the method'),
  message: z.string().describe('What happened, to what, and what to do'),
});
export type RpcError = z.infer<typeof RpcError>;
