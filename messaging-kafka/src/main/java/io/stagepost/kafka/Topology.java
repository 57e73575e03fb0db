package io.stagepost.kafka;

/** What is done about topics that are needed and may be missing. */
public enum Topology {
  /** A missing topic is created, with the transport's or the broker's partitions and replicas. */
  AUTO_CREATE,
  /** A missing topic is a problem, told with the command that creates it. Nothing is created. */
  VERIFY,
  /** Nobody looks at start. Publishing to a missing topic is still refused (rule D02). */
  NONE
}
