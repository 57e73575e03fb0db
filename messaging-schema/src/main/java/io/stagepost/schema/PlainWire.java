package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.spi.Encoded;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** No registry: {@code dataschema} names a schema, and the reader knows it. */
final class PlainWire implements Wire {
  /** More schemas than one codec writes with: beyond it their names are worked out anew. */
  private static final int NAMES = 1_000;

  private final Schema.Format format;
  private final Map<URI, Schema> known = new HashMap<>();
  private final Map<Schema, URI> names = new ConcurrentHashMap<>();

  PlainWire(Schema.Format format, List<Schema> known) {
    this.format = format;
    for (Schema schema : known) {
      this.known.put(Fingerprint.of(schema), schema);
    }
  }

  @Override
  public Set<String> headerNames() {
    return Set.of();
  }

  @Override
  public Schema prepare(EventType<?> type, Schema own) {
    return own;
  }

  @Override
  public boolean isReady(EventType<?> type, Schema own) {
    return true;
  }

  @Override
  public Encoded write(
      EventType<?> type, Schema own, List<Integer> message, byte[] body, String contentType) {
    return new Encoded(body, contentType, type.dataSchema() == null ? name(own) : null, List.of());
  }

  @Override
  public Incoming read(EventType<?> type, @Nullable Schema own, Encoded encoded) {
    return new Incoming(writer(type, own, encoded.schema()), 0, List.of());
  }

  private @Nullable Schema writer(EventType<?> type, @Nullable Schema own, @Nullable URI uri) {
    if (uri == null) {
      return null;
    }
    if (own != null && uri.equals(type.dataSchema() == null ? name(own) : type.dataSchema())) {
      return own;
    }
    if (own != null && uri.equals(name(own))) {
      return own;
    }
    Schema schema = known.get(uri);
    if (schema == null && format == Schema.Format.AVRO) {
      throw new DecodeException(
          "SP-SCHEMA-201",
          "An event of "
              + type
              + " was written with the schema "
              + uri
              + ", which its reader does not know; give it to Schemas.plain(...), or use a"
              + " registry, then replay the event. Its bytes are kept.",
          null);
    }
    return schema;
  }

  private URI name(Schema schema) {
    URI name = names.get(schema);
    if (name == null) {
      name = Fingerprint.of(schema);
      if (names.size() < NAMES) {
        names.put(schema, name);
      }
    }
    return name;
  }

  @Override
  public Schema resolve(Schema.Reference reference) {
    throw new SchemaNotFoundException(
        "SP-SCHEMA-202",
        "A schema refers to "
            + reference.name()
            + " (version "
            + reference.version()
            + " of "
            + reference.subject()
            + "), and there is no registry to find it in; give the codec a registry, or a schema"
            + " without references.");
  }
}
