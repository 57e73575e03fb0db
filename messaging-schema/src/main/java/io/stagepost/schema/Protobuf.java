package io.stagepost.schema;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.MessagingException;
import io.stagepost.schema.internal.proto.ProtoSource;
import io.stagepost.spi.Codec;
import io.stagepost.spi.Encoded;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Protocol Buffers, proto2 and proto3: payloads are the classes that {@code protoc} generates, lite
 * ones too, or {@link DynamicMessage}. Needs {@code com.google.protobuf:protobuf-java}.
 *
 * <pre>{@code
 * .codec(Protobuf.codec())                                        // no registry
 * .codec(Protobuf.codec(Schemas.in(registry)))                    // the schema is the class's
 * .codec(Protobuf.codec(descriptor, Schemas.in(registry)))        // for DynamicMessage
 * }</pre>
 *
 * <p>A reader needs no schema but that of its class: fields that it does not know are kept, and
 * written again. So reading asks the registry only where a frame names another place in its file
 * than the reader's message has in its own: if that is another message it is refused, and if it
 * only lies elsewhere it is read. Equal messages give equal bytes: maps are written in the order of
 * their keys.
 *
 * <p>In a registry the schema is the file that declares the message: by default as its descriptor
 * in Base64, which registries take for the same as the text; what the file imports is registered
 * under the name of its import, as Confluent's serializer does it. A message without a descriptor
 * (lite) needs {@link #schema}.
 *
 * <p>A body may have 16 MiB, written or read, and messages nest 100 deep.
 *
 * <p>Immutable and thread-safe: each method that sets something returns a copy.
 */
public final class Protobuf implements Codec {
  /** Bytes of a body. */
  static final int SIZE = 16 << 20;

  /** Messages in messages. */
  static final int DEPTH = 100;

  private static final String CONTENT_TYPE = "application/protobuf";
  private static final Set<String> CONTENT_TYPES =
      Set.of(CONTENT_TYPE, "application/x-protobuf", "application/vnd.google.protobuf");

  /** The empty message of a class, which knows how to read others. */
  private static final ClassValue<MessageLite> PROTOTYPES =
      new ClassValue<>() {
        @Override
        protected MessageLite computeValue(Class<?> payload) {
          return prototypeOf(payload);
        }
      };

  private final @Nullable Descriptor descriptor;
  private final @Nullable Schema schema;
  private final Schemas schemas;
  private final Wire wire;
  private final Bounded<Descriptor, Schema> files = new Bounded<>(Bounded.SCHEMAS);
  private final Bounded<Descriptor, Wire.Part> parts = new Bounded<>(Bounded.SCHEMAS);
  private final Bounded<Place, String> names = new Bounded<>(Bounded.SCHEMAS);

  /** A message of somebody's file. */
  private record Place(Schema file, List<Integer> path) {}

  private Protobuf(@Nullable Descriptor descriptor, @Nullable Schema schema, Schemas schemas) {
    this.descriptor = descriptor;
    this.schema = schema;
    this.schemas = schemas;
    this.wire = schemas.wire(Schema.Format.PROTOBUF);
  }

  /**
   * A codec for generated classes, without a registry.
   *
   * @return a codec
   */
  public static Protobuf codec() {
    return codec(Schemas.plain());
  }

  /**
   * A codec for generated classes.
   *
   * @param schemas where schemas are
   * @return a codec
   */
  public static Protobuf codec(Schemas schemas) {
    return new Protobuf(null, null, schemas);
  }

  /**
   * A codec for {@link DynamicMessage}.
   *
   * @param descriptor which message
   * @param schemas where schemas are
   * @return a codec
   */
  public static Protobuf codec(Descriptor descriptor, Schemas schemas) {
    return new Protobuf(requireNonNull(descriptor, "descriptor"), null, schemas);
  }

  /**
   * Sets the schema in the registry's own words, with its references, where these are not what the
   * descriptor gives.
   *
   * @param schema a {@code .proto} file that declares the message
   * @return a copy
   */
  public Protobuf schema(Schema schema) {
    return new Protobuf(descriptor, requireNonNull(schema, "schema"), schemas);
  }

  @Override
  public <T> Encoded encode(EventType<T> type, T data) {
    if (!(data instanceof MessageLite message)) {
      throw unfit(type);
    }
    if (!message.isInitialized()) {
      throw new MessagingException(
          "SP-SCHEMA-231",
          "The payload of "
              + type
              + ", a "
              + type.payload().getName()
              + ", lacks required fields; set them.");
    }
    if (message.getSerializedSize() > SIZE) {
      throw new MessagingException(
          "SP-SCHEMA-235",
          "The payload of "
              + type
              + ", a "
              + type.payload().getName()
              + ", has "
              + message.getSerializedSize()
              + " bytes, and readers take "
              + SIZE
              + "; make it smaller, or publish a reference to it.");
    }
    Descriptor described = message instanceof Message full ? full.getDescriptorForType() : null;
    Schema own = own(described);
    Wire.Part part = part(described);
    return wire.write(type, own, part, bytes(message), CONTENT_TYPE);
  }

  private static byte[] bytes(MessageLite message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException impossible) {
      throw new IllegalStateException("An array has no input and output.", impossible);
    }
    out.checkNoSpaceLeft();
    return bytes;
  }

  @Override
  public <T> T decode(EventType<T> type, Encoded encoded) {
    MessageLite prototype = prototype(type);
    String contentType = encoded.contentType();
    if (contentType != null
        && !CONTENT_TYPES.contains(contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT))) {
      throw new DecodeException(
          "SP-SCHEMA-232",
          "An event of "
              + type
              + " came with the content type "
              + contentType
              + ", not Protobuf; give the event type the codec that its publisher uses.",
          null);
    }
    byte[] bytes = encoded.bytes();
    if (bytes.length > SIZE) {
      throw unreadable(
          type, "it has " + bytes.length + " bytes, and " + SIZE + " are the limit.", null);
    }
    Wire.Incoming incoming = wire.read(type, schema, encoded, false);
    checkMessage(type, encoded, incoming.path());
    int offset = incoming.offset();
    CodedInputStream in = CodedInputStream.newInstance(bytes, offset, bytes.length - offset);
    in.setRecursionLimit(DEPTH);
    try {
      MessageLite message = prototype.getParserForType().parseFrom(in);
      in.checkLastTagWas(0); // or it ends early, with the end of a group that never began
      return type.payload().cast(message);
    } catch (InvalidProtocolBufferException unreadable) {
      // Its message says what kind of fault, and never what the fields hold.
      throw unreadable(type, String.valueOf(unreadable.getMessage()), unreadable);
    }
  }

  /** Other messages of the same file, whose bytes often fit too. */
  private void checkMessage(EventType<?> type, Encoded encoded, List<Integer> path) {
    Wire.Part mine = path.isEmpty() ? null : part(described(type));
    if (mine == null || path.equals(mine.path())) {
      return;
    }
    String name = schemas.registry() == null ? null : nameOf(type, encoded, path);
    if (!mine.name().equals(name)) {
      throw new DecodeException(
          "SP-SCHEMA-234",
          "An event of "
              + type
              + " is the message "
              + (name == null ? "" : name + ", ")
              + "number "
              + path
              + " of its file, and its codec reads "
              + mine.name()
              + ", number "
              + mine.path()
              + (name == null
                  ? "; whether that is the same elsewhere takes a registry that has the file as a"
                      + " descriptor, or com.squareup.wire:wire-schema-jvm to read its text with"
                  : "")
              + ". Give each message an event type of its own, and each type its codec. Its bytes"
              + " are kept.",
          null);
    }
  }

  /** As the writer's file has it; null if that cannot be told. */
  private @Nullable String nameOf(EventType<?> type, Encoded encoded, List<Integer> path) {
    Schema file = wire.read(type, schema, encoded, true).schema();
    if (file == null) {
      return null;
    }
    Place place = new Place(file, path);
    String known = names.get(place);
    if (known != null) {
      return known;
    }
    try {
      String name = ProtoSource.nameOf(ProtoSource.parse(file.text()), path);
      return name == null ? null : names.put(place, name);
    } catch (RuntimeException | NoClassDefFoundError unreadable) {
      return null;
    }
  }

  private static DecodeException unreadable(
      EventType<?> type, String why, @Nullable Throwable cause) {
    return new DecodeException(
        "SP-SCHEMA-233",
        "The body of an event of "
            + type
            + " is no Protobuf of "
            + type.payload().getName()
            + ": "
            + why
            + " Its bytes are kept in the dead letter.",
        cause);
  }

  private MessageLite prototype(EventType<?> type) {
    if (descriptor == null) {
      if (!MessageLite.class.isAssignableFrom(type.payload())) {
        throw unfit(type);
      }
      return PROTOTYPES.get(type.payload());
    }
    if (!type.payload().isAssignableFrom(DynamicMessage.class)) {
      throw unfit(type);
    }
    return DynamicMessage.getDefaultInstance(descriptor);
  }

  private static MessageLite prototypeOf(Class<?> payload) {
    try {
      return (MessageLite)
          MethodHandles.publicLookup()
              .findStatic(payload, "getDefaultInstance", MethodType.methodType(payload))
              .invoke();
    } catch (Throwable none) {
      throw new MessagingException(
          "SP-SCHEMA-230",
          payload.getName()
              + " is no class that protoc generated: it has no public getDefaultInstance(). Use such"
              + " a class; for DynamicMessage give the codec its descriptor.",
          none);
    }
  }

  private static MessagingException unfit(EventType<?> type) {
    return new MessagingException(
        "SP-SCHEMA-230",
        "The payload of "
            + type
            + ", a "
            + type.payload().getName()
            + ", is no Protobuf message that this codec has; use a generated class, or for"
            + " DynamicMessage give the codec its descriptor.");
  }

  // ---- schemas

  private @Nullable Descriptor described(EventType<?> type) {
    return prototype(type) instanceof Message message ? message.getDescriptorForType() : null;
  }

  private @Nullable Schema own(@Nullable Descriptor described) {
    if (schema != null || described == null) {
      return schema;
    }
    Schema file = files.get(described);
    return file == null
        ? files.put(described, DescribedFiles.schema(described.getFile(), wire::refer))
        : file;
  }

  private Wire.@Nullable Part part(@Nullable Descriptor described) {
    if (described == null) {
      return null;
    }
    Wire.Part part = parts.get(described);
    return part == null
        ? parts.put(
            described, new Wire.Part(described.getFullName(), DescribedFiles.path(described)))
        : part;
  }

  @Override
  public Set<String> headerNames() {
    return wire.headerNames();
  }

  @Override
  public void prepare(EventType<?> type) {
    Descriptor described = described(type);
    Schema own = own(described);
    if (own != null || schemas.registry() != null) {
      Schema unused = wire.prepare(type, own, part(described));
    }
  }

  @Override
  public List<String> problems(EventType<?> type) {
    if (schemas.check() == null) {
      return List.of();
    }
    Descriptor described = described(type);
    return wire.problems(type, own(described), part(described));
  }

  @Override
  public boolean isReady(EventType<?> type) {
    if (schemas.registry() == null) {
      return true;
    }
    Descriptor described = described(type);
    Schema own = schema != null || described == null ? schema : files.get(described);
    return (own != null || described == null) && wire.isReady(type, own, part(described));
  }

  @Override
  public String toString() {
    return "Protobuf (" + schemas + ")";
  }
}
