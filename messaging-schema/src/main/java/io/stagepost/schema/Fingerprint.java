package io.stagepost.schema;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Names a schema by what it says: {@code ni:///sha-256;} and the hash of its text, as RFC 6920
 * names things by their hashes. Of Avro and JSON Schema the hash is that of the JSON with its
 * properties in order and without white space; of Protobuf, that of the text as it is.
 *
 * <p>Avro's own canonical form would not do: it leaves out logical types, defaults and aliases, and
 * so gives two schemas one name that are read differently.
 */
final class Fingerprint {
  private static final String PREFIX = "ni:///sha-256;";

  private static final JsonMapper CANONICAL =
      JsonMapper.builder()
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private Fingerprint() {}

  static URI of(Schema schema) {
    MessageDigest digest = sha256();
    digest.update(canonical(schema).getBytes(UTF_8));
    for (Schema.Reference reference : schema.references()) {
      digest.update(
          ("\n" + reference.name() + "\n" + reference.subject() + "\n" + reference.version())
              .getBytes(UTF_8));
    }
    return URI.create(
        PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(digest.digest()));
  }

  static boolean is(URI uri) {
    return uri.toString().startsWith(PREFIX);
  }

  private static String canonical(Schema schema) {
    if (schema.format() == Schema.Format.PROTOBUF) {
      return schema.text();
    }
    try {
      // A tree keeps the order of the text; a map is written in order of its keys.
      JsonNode tree = CANONICAL.readTree(schema.text());
      return CANONICAL.writeValueAsString(CANONICAL.treeToValue(tree, Object.class));
    } catch (JacksonException noJson) {
      return schema.text();
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JVM has SHA-256.", impossible);
    }
  }
}
