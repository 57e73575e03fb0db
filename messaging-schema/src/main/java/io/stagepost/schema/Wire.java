package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.spi.Encoded;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What lies between a codec, which knows its format and where none of its schemas are, and the
 * place where schemas are, which knows no format: how a body says with which schema it was written,
 * and how a reader finds that schema.
 *
 * <p>A codec encodes like this, and decodes with {@link #read}:
 *
 * <pre>{@code
 * Schema schema = wire.prepare(type, own);          // no question asked if isReady
 * return wire.write(type, own, bodyOf(data, schema), "application/avro");
 * }</pre>
 *
 * <p>Thread-safe. Got from {@link Schemas#wire}.
 */
interface Wire {
  /**
   * What a received body says of itself.
   *
   * @param schema what it was written with; null if nothing says, and then, in a format that needs
   *     it, the reader's own is to be tried
   * @param offset where in the bytes the payload begins
   * @param message of Protobuf the path of the message in its file, such as [0] for the first;
   *     empty if nothing says, and in the other formats
   */
  record Incoming(@Nullable Schema schema, int offset, List<Integer> message) {
    public Incoming {
      message = List.copyOf(message);
    }
  }

  /** The headers of a message that belong to its schema. */
  Set<String> headerNames();

  /**
   * The schema that events of this type are to be written with: {@code own}, or the version that is
   * pinned in the registry. May block unless {@link #isReady}.
   *
   * @param own what the codec would write with
   * @throws io.stagepost.MessagingException if it cannot be had
   */
  Schema prepare(EventType<?> type, Schema own);

  /** Whether {@link #prepare} and {@link #write} ask nobody. */
  boolean isReady(EventType<?> type, Schema own);

  /**
   * The body as it travels.
   *
   * @param own as given to {@link #prepare}
   * @param body written with what {@link #prepare} returned
   */
  default Encoded write(EventType<?> type, Schema own, byte[] body, String contentType) {
    return write(type, own, List.of(), body, contentType);
  }

  /** As above, of a Protobuf message, with its path in its file. */
  Encoded write(
      EventType<?> type, Schema own, List<Integer> message, byte[] body, String contentType);

  /**
   * Recognises how a body says what it was written with, and finds that schema. May block.
   *
   * @param own the reader's schema; null if it has none
   * @throws DecodeException if it says so and there is no such schema
   */
  Incoming read(EventType<?> type, @Nullable Schema own, Encoded encoded);

  /**
   * The schema that another refers to. May block.
   *
   * @throws SchemaNotFoundException if there is none
   */
  Schema resolve(Schema.Reference reference);
}
