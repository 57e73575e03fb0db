package io.stagepost.amqp;

/**
 * How a message's headers are named that are not simply application properties with text. Types are
 * AMQP's.
 *
 * <pre>
 *   amqp:content-type                    a field of the properties section
 *   amqp:message-id:ulong                one that is not text: ulong, uuid or binary
 *   amqp:priority                        of the header section
 *   amqp:property:TYPE:NAME              an application property that is not text
 *   amqp:annotation:TYPE:NAME            a message annotation
 *   amqp:body                            what the body was, if not data
 * </pre>
 *
 * Values are text, but binary ones, which are as they are, and decimal ones, which are their bits
 * in hexadecimal.
 */
final class Names {
  /** What all of them begin with. */
  static final String AMQP = "amqp:";

  static final String CONTENT_TYPE = AMQP + "content-type";
  static final String CONTENT_ENCODING = AMQP + "content-encoding";
  static final String MESSAGE_ID = AMQP + "message-id";
  static final String CORRELATION_ID = AMQP + "correlation-id";
  static final String USER_ID = AMQP + "user-id";
  static final String TO = AMQP + "to";
  static final String SUBJECT = AMQP + "subject";
  static final String REPLY_TO = AMQP + "reply-to";
  static final String ABSOLUTE_EXPIRY_TIME = AMQP + "absolute-expiry-time";
  static final String CREATION_TIME = AMQP + "creation-time";
  static final String GROUP_ID = AMQP + "group-id";
  static final String GROUP_SEQUENCE = AMQP + "group-sequence";
  static final String REPLY_TO_GROUP_ID = AMQP + "reply-to-group-id";
  static final String PRIORITY = AMQP + "priority";

  /** The kind of a body that was not data: {@code string}, {@code binary}, {@code null}, or: */
  static final String BODY = AMQP + "body";

  static final String PROPERTY = AMQP + "property:";
  static final String ANNOTATION = AMQP + "annotation:";

  static final String BOOLEAN = "boolean";
  static final String LONG = "long";
  static final String BINARY = "binary";
  static final String STRING = "string";
  static final String TIMESTAMP = "timestamp";
  static final String NULL = "null";

  /** Lists, maps and arrays: AMQP's own encoding of the value, its constructor first. */
  static final String ENCODED = "encoded";

  private Names() {}
}
