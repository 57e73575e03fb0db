package io.stagepost.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.cloudevents.CloudEvent;
import io.cloudevents.CloudEventData;
import io.cloudevents.SpecVersion;
import io.cloudevents.core.CloudEventUtils;
import io.cloudevents.core.data.BytesCloudEventData;
import io.cloudevents.core.message.impl.BaseGenericBinaryMessageReaderImpl;
import io.cloudevents.rw.CloudEventRWException;
import io.cloudevents.rw.CloudEventWriter;
import io.stagepost.DecodeException;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Binds CloudEvents to messages in binary mode, with the names of the Kafka protocol binding: a
 * header {@code ce_…} for each attribute, {@code content-type} for the data's. Thread-safe.
 */
final class MemoryBinding {
  private static final String PREFIX = "ce_";
  private static final String CONTENT_TYPE = "content-type";
  private static final List<String> REQUIRED = List.of("specversion", "id", "source", "type");

  private MemoryBinding() {}

  static Message encode(String address, @Nullable String key, CloudEvent event) {
    return CloudEventUtils.toReader(event)
        .read(version -> new Writer(address, key == null ? null : key.getBytes(UTF_8), version));
  }

  static CloudEvent decode(Message message) {
    String contentType = text(message, CONTENT_TYPE);
    if (contentType != null
        && contentType.toLowerCase(Locale.ROOT).startsWith("application/cloudevents")) {
      throw new DecodeException(
          "SP-TEST-011",
          "A message with the content type "
              + contentType
              + " holds a CloudEvent in structured or batched mode, which is not read; let its"
              + " producer write binary mode (ce_ headers).",
          null);
    }
    for (String attribute : REQUIRED) {
      String value = text(message, PREFIX + attribute);
      if (value == null || value.isEmpty()) {
        throw new DecodeException(
            "SP-TEST-010",
            "A message is no CloudEvent: the header "
                + PREFIX
                + attribute
                + (value == null ? " is missing." : " is empty.")
                + " Let its producer write CloudEvents in binary mode.",
            null);
      }
    }
    try {
      return new Reader(message).toEvent();
    } catch (CloudEventRWException | IllegalArgumentException | IllegalStateException malformed) {
      throw new DecodeException(
          "SP-TEST-012",
          "A message is no CloudEvent: one of its attributes is malformed, as the cause says.",
          malformed);
    }
  }

  private static @Nullable String text(Message message, String name) {
    byte[] value = message.header(name);
    return value == null ? null : new String(value, UTF_8);
  }

  private static final class Writer implements CloudEventWriter<Message> {
    private final String address;
    private final byte @Nullable [] key;
    private final List<Header> headers = new ArrayList<>(8);

    Writer(String address, byte @Nullable [] key, SpecVersion version) {
      this.address = address;
      this.key = key;
      withContextAttribute("specversion", version.toString());
    }

    @Override
    public Writer withContextAttribute(String name, String value) {
      headers.add(
          new Header(
              name.equals("datacontenttype") ? CONTENT_TYPE : PREFIX + name,
              value.getBytes(UTF_8)));
      return this;
    }

    @Override
    public Message end(CloudEventData data) {
      return new Message(address, key, List.copyOf(headers), data.toBytes());
    }

    @Override
    public Message end() {
      return new Message(address, key, List.copyOf(headers), null);
    }
  }

  private static final class Reader extends BaseGenericBinaryMessageReaderImpl<String, byte[]> {
    private final Message message;

    Reader(Message message) {
      super(
          SpecVersion.parse(String.valueOf(text(message, PREFIX + "specversion"))),
          data(message.body()));
      this.message = message;
    }

    // The SDK's constructor takes null for an event without data, and does not say so.
    @SuppressWarnings("NullAway")
    private static CloudEventData data(byte @Nullable [] body) {
      return body == null ? null : BytesCloudEventData.wrap(body);
    }

    @Override
    protected boolean isContentTypeHeader(String name) {
      return name.equals(CONTENT_TYPE);
    }

    @Override
    protected boolean isCloudEventsHeader(String name) {
      return name.length() > PREFIX.length() && name.startsWith(PREFIX);
    }

    @Override
    protected String toCloudEventsKey(String name) {
      return name.substring(PREFIX.length());
    }

    @Override
    protected void forEachHeader(BiConsumer<String, byte[]> visitor) {
      for (Header header : message.headers()) {
        byte[] value = header.value();
        if (value != null) {
          visitor.accept(header.name(), value);
        }
      }
    }

    @Override
    protected String toCloudEventsValue(byte[] value) {
      return new String(value, UTF_8);
    }
  }
}
