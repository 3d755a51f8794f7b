/** The signal that is aborted when the service stops. */
export const STOPPING = Symbol('stopping');
