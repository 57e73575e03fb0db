package io.stagepost.kafka;

/**
 * How events are written into records. Both are read, whichever is written.
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md#13-content-modes">Kafka
 *     protocol binding 1.0.2, content modes</a>
 */
public enum ContentMode {
  /** Attributes are headers, and the data is the value as it stands: the cheaper one. */
  BINARY,
  /**
   * Attributes and data are one JSON document, the value ({@code application/cloudevents+json}):
   * for readers that see no headers. Extensions keep whether they are a boolean, an integer or
   * text.
   */
  STRUCTURED
}
