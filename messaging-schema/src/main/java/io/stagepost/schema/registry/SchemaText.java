package io.stagepost.schema.registry;

import io.stagepost.schema.Schema;
import io.stagepost.schema.Schema.Format;
import io.stagepost.schema.Schema.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What can be told of a schema without the library of its format. */
final class SchemaText {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private SchemaText() {}

  /**
   * The same schema in the writing it is kept in: JSON without white space, and line ends as on
   * Unix, so that neither an editor nor a version control changes what it is.
   */
  static Schema compact(Schema schema) {
    String text = schema.text().replace("\r\n", "\n").strip();
    return new Schema(
        schema.format(),
        schema.format() == Format.PROTOBUF ? text : squeeze(text, false),
        schema.references());
  }

  /** Whether two compact schemas differ in their writing only. */
  static boolean areAlike(Schema one, Schema other) {
    if (one.format() != other.format() || !one.references().equals(other.references())) {
      return false;
    }
    return one.format() == Format.PROTOBUF
        ? squeeze(one.text(), true).equals(squeeze(other.text(), true))
        : JSON.readTree(one.text()).equals(JSON.readTree(other.text()));
  }

  /** Why it can be no schema; null if it may be one. */
  static @Nullable String problem(Schema schema) {
    if (schema.text().isBlank()) {
      return "1: it is empty";
    }
    if (schema.format() == Format.PROTOBUF) {
      return null;
    }
    try {
      JSON.readTree(schema.text());
      return null;
    } catch (JacksonException unreadable) {
      return (unreadable.getLocation() == null
              ? "1"
              : unreadable.getLocation().getLineNr() + ":" + unreadable.getLocation().getColumnNr())
          + ": it is no JSON: "
          + unreadable.getOriginalMessage();
    }
  }

  /**
   * As Confluent's registry derives it (from 8.0): the MD5 of the text and of the references'
   * names, subjects and versions.
   */
  static UUID guid(Schema schema) {
    MessageDigest digest = digest("MD5");
    digest.update(utf8(schema.text()));
    update(digest, schema);
    ByteBuffer bytes = ByteBuffer.wrap(digest.digest());
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  /** From 1 on, the same wherever the schema is the same. */
  static int id(Schema schema) {
    MessageDigest digest = digest("SHA-256");
    digest.update(utf8(schema.format() + "\n" + schema.text()));
    update(digest, schema);
    return Math.max(1, ByteBuffer.wrap(digest.digest()).getInt() & Integer.MAX_VALUE);
  }

  private static void update(MessageDigest digest, Schema schema) {
    for (Reference reference : schema.references()) {
      digest.update(utf8(reference.name()));
      digest.update(utf8(reference.subject()));
      digest.update(ByteBuffer.allocate(4).putInt(0, reference.version()));
    }
  }

  /** Without white space outside of strings, or with one space for each where words need one. */
  private static String squeeze(String text, boolean isCode) {
    StringBuilder squeezed = new StringBuilder(text.length());
    char quote = 0;
    boolean gap = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        squeezed.append(c);
        if (c == '\\' && i + 1 < text.length()) {
          squeezed.append(text.charAt(++i));
        } else if (c == quote) {
          quote = 0;
        }
        continue;
      }
      if (isCode && text.startsWith("//", i)) {
        int end = text.indexOf('\n', i);
        i = end < 0 ? text.length() : end;
        gap = true;
        continue;
      }
      if (isCode && text.startsWith("/*", i)) {
        int end = text.indexOf("*/", i + 2);
        i = end < 0 ? text.length() : end + 1;
        gap = true;
        continue;
      }
      if (Character.isWhitespace(c)) {
        gap = true;
        continue;
      }
      if (isCode && gap && !squeezed.isEmpty()) {
        squeezed.append(' ');
      }
      gap = false;
      if (c == '"' || (isCode && c == '\'')) {
        quote = c;
      }
      squeezed.append(c);
    }
    return squeezed.toString();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException(missing);
    }
  }
}
