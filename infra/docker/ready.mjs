// The health check of a service's container: 0 when it and its dependencies are up.
const answer = await fetch('http://127.0.0.1:8080/health/ready').catch(() => undefined);
process.exitCode = answer?.ok ? 0 : 1;
