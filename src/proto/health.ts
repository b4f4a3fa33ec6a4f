/** @file The messages of package `grpc.health.v1`, and the values of their enum. */
export * from './health_pb.ts';

/** `HealthCheckResponse.ServingStatus`. */
export const SERVING_STATUS = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;
