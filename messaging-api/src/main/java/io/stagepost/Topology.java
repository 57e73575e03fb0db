package io.stagepost;

/** What a transport does about addresses that are needed and may be missing. */
public enum Topology {
  /**
   * What is missing is created, as the transport is set up or else by the broker's own defaults.
   */
  AUTO_CREATE,
  /** What is missing is a problem, told with the remedy. Nothing is created. */
  VERIFY,
  /** Nobody looks at start. Publishing to a missing address is still refused (rule D02). */
  NONE
}
