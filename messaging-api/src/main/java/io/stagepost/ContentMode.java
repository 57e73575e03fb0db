package io.stagepost;

/**
 * How a transport writes events into messages. Both are read, whichever is written.
 *
 * @see <a
 *     href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md#message">CloudEvents
 *     1.0.2, messages in structured and binary mode</a>
 */
public enum ContentMode {
  /** Attributes are headers, and the data is the body as it stands: the cheaper one. */
  BINARY,
  /**
   * Attributes and data are one JSON document, the body ({@code application/cloudevents+json}): for
   * readers that see no headers. Extensions keep whether they are a boolean, an integer or text.
   */
  STRUCTURED
}
