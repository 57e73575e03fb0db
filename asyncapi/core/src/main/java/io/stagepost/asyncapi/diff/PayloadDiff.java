package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.SAFE;
import static io.stagepost.asyncapi.diff.Change.Verdict.UNKNOWN;

import io.stagepost.asyncapi.ContractException;
import io.stagepost.asyncapi.Payload;
import io.stagepost.asyncapi.diff.Change.Kind;
import io.stagepost.asyncapi.diff.Change.Verdict;
import io.stagepost.asyncapi.diff.Change.Where;
import io.stagepost.asyncapi.tree.Node;
import io.stagepost.schema.Schema;
import io.stagepost.schema.SchemaRefusedException;
import io.stagepost.schema.compatibility.Incompatibility;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Compares the schemas of payloads and headers. */
final class PayloadDiff {
  /** The most characters of schemas that are compared in one comparison of contracts. */
  private static final long CHARACTERS = 50_000_000;

  /** Read without an error, and something else comes out. */
  private static final Set<String> SILENT =
      Set.of(
          "avro.logical-type-changed",
          "avro.decimal-scale-changed",
          "avro.logical-type-added",
          "protobuf.type-narrowed",
          "protobuf.renumbered",
          "protobuf.moved-into-oneof",
          "protobuf.reserved-number-used");

  private static final Set<String> ENUMS = Set.of("json.enum-value-missing", "json.enum-added");

  /** Nothing on the wire. */
  private static final Set<String> SOURCE =
      Set.of(
          "protobuf.field-renamed",
          "protobuf.reserved-name-used",
          "protobuf.removed-without-reserved");

  private final Changes changes;
  private long characters;

  PayloadDiff(Changes changes) {
    this.changes = changes;
  }

  /** Two schemas, one of which may be missing. */
  record Both(String part, @Nullable Payload older, @Nullable Payload newer, boolean replay) {
    boolean areHeaders() {
      return part.equals("headers");
    }

    DiffRule rule() {
      return areHeaders() ? DiffRule.HEADERS : DiffRule.PAYLOAD;
    }

    @Nullable Node oldNode() {
      return older == null ? null : older.schema();
    }

    @Nullable Node newNode() {
      return newer == null ? null : newer.schema();
    }
  }

  void compare(Scope scope, Both both) {
    Payload older = both.older();
    Payload newer = both.newer();
    if (older == null && newer == null) {
      return;
    }
    if (!both.areHeaders() && (older == null || newer == null)) {
      changes.add(
          scope,
          DiffRule.PAYLOAD,
          older == null ? Effect.forPublishers(UNKNOWN) : Effect.forSubscribers(UNKNOWN),
          both.oldNode(),
          both.newNode(),
          older == null
              ? "the payload has a schema now; what was sent before may not fit it"
              : "the payload has no schema any more, and may be anything",
          older == null ? "Describe what was sent already." : "Keep a schema.");
      return;
    }
    Schema.Format format = format(older);
    Schema.Format other = format(newer);
    if (older != null && newer != null && (format != other || isOtherLanguage(older, newer))) {
      changes.add(
          scope,
          DiffRule.SCHEMA_FORMAT,
          Effect.BREAKS,
          older.schema(),
          newer.schema(),
          "the " + both.part() + " go from " + older.schemaFormat() + " to " + newer.schemaFormat(),
          "Give the new format a message and an event type of its own.");
      return;
    }
    Schema.Format known = older == null ? other : format;
    String before = text(scope, both, older);
    String after = text(scope, both, newer);
    if (before == null || after == null || before.equals(after)) {
      return;
    }
    characters += before.length() + after.length();
    if (known == null || characters > CHARACTERS) {
      unclear(
          scope,
          both,
          known == null
              ? "the schema changed, and schemas of this format are not compared"
              : "the schema changed, and more than "
                  + CHARACTERS
                  + " characters of schemas would have to be compared");
      return;
    }
    try {
      compare(scope, both, new Texts(known, before, after, changes.policy().models()));
    } catch (SchemaRefusedException e) {
      unclear(scope, both, "the schemas cannot be compared: " + e.getMessage());
    } catch (NoClassDefFoundError e) {
      unclear(
          scope,
          both,
          "the library that reads " + known + " is not on the class path: " + e.getMessage());
    }
  }

  private void unclear(Scope scope, Both both, String what) {
    changes.add(
        scope,
        both.rule(),
        Effect.UNCLEAR,
        both.oldNode(),
        both.newNode(),
        what,
        "Look at it yourself, and waive it if it is right.");
  }

  /** The language, as far as it is compared; null for others. */
  private static Schema.@Nullable Format format(@Nullable Payload payload) {
    if (payload == null) {
      return null;
    }
    return switch (payload.format()) {
      case ASYNCAPI, JSON_SCHEMA_07, JSON_SCHEMA_2020_12 -> Schema.Format.JSON;
      case AVRO -> Schema.Format.AVRO;
      case PROTOBUF -> Schema.Format.PROTOBUF;
      case OPENAPI, OTHER -> null;
    };
  }

  private static boolean isOtherLanguage(Payload older, Payload newer) {
    return format(older) == null
        && !older
            .schemaFormat()
            .replace(" ", "")
            .equalsIgnoreCase(newer.schemaFormat().replace(" ", ""));
  }

  private @Nullable String text(Scope scope, Both both, @Nullable Payload payload) {
    try {
      String text = payload == null ? null : payload.text();
      return both.areHeaders() && (payload == null || payload.format().isJsonSchema())
          ? JsonModels.headers(text)
          : text;
    } catch (ContractException e) {
      unclear(scope, both, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** What is put together of both directions, for one rule at one place. */
  private record Key(String rule, @Nullable Where older, @Nullable Where newer) {}

  private record Found(
      Kind kind,
      Effect effect,
      @Nullable Node older,
      @Nullable Node newer,
      String what,
      String remedy) {}

  private void compare(Scope scope, Both both, Texts texts) {
    Map<Key, Found> found = new LinkedHashMap<>();
    for (Incompatibility each : texts.backward()) {
      collect(found, both, each, scope.roles());
    }
    for (Incompatibility each : texts.forward()) {
      collect(found, both, each, scope.roles());
    }
    if (texts.format() == Schema.Format.AVRO) {
      for (AvroMeaning.Found each : AvroMeaning.between(texts.older(), texts.newer())) {
        put(
            found,
            both,
            each.rule(),
            each.path(),
            each.kind(),
            each.effect(),
            each.what(),
            each.remedy());
      }
    }
    found.forEach(
        (key, each) ->
            changes.add(
                scope,
                key.rule(),
                each.kind(),
                each.effect(),
                Bump.MINOR,
                each.older(),
                each.newer(),
                (both.areHeaders() ? "headers: " : "") + each.what(),
                each.remedy()));
    if (found.isEmpty()) {
      harmless(scope, both, texts);
    }
  }

  private void harmless(Scope scope, Both both, Texts texts) {
    boolean avro = texts.format() == Schema.Format.AVRO;
    String difference =
        texts.format() == Schema.Format.PROTOBUF
            ? "its text"
            : Shape.difference(Shape.of(texts.older(), avro), Shape.of(texts.newer(), avro));
    if (difference.isEmpty() && texts.isSame()) {
      changes.text(
          scope,
          DiffRule.TEXT,
          both.oldNode(),
          both.newNode(),
          "changed: texts of the " + both.part());
      return;
    }
    changes.add(
        scope,
        both.rule(),
        Effect.NOTHING,
        both.oldNode(),
        both.newNode(),
        "the "
            + both.part()
            + " changed, and everybody reads them"
            + (difference.isEmpty() ? "" : ": " + difference),
        "Nothing to do.");
  }

  private static void collect(Map<Key, Found> found, Both both, Incompatibility each, Roles roles) {
    boolean backward = each.direction() == Incompatibility.Direction.NEWER_READS_OLDER;
    if (ENUMS.contains(each.rule())
        && isExtensible(backward ? both.newer() : both.older(), each.path())) {
      return;
    }
    Verdict verdict = each.severity() == Incompatibility.Severity.BREAKS ? BREAKING : UNKNOWN;
    Kind kind = SILENT.contains(each.rule()) ? Kind.SILENT : Kind.WIRE;
    if (each.severity() == Incompatibility.Severity.WARNS) {
      kind = SOURCE.contains(each.rule()) ? Kind.SOURCE : Kind.BEHAVIOUR;
      verdict = kind == Kind.SOURCE ? SAFE : UNKNOWN;
    }
    Effect effect = backward ? Effect.forPublishers(verdict) : Effect.forSubscribers(verdict);
    String what =
        (backward ? "New readers, old messages: " : "Old readers, new messages: ") + each.what();
    if (backward && both.replay() && roles.sends() && verdict != SAFE && kind != Kind.BEHAVIOUR) {
      effect = effect.or(Effect.forSubscribers(verdict));
      what += " Old messages are in the log, and may be read again.";
    }
    put(found, both, each.rule(), each.path(), kind, effect, what, each.remedy());
  }

  /** Whether readers were told to expect more values. */
  private static boolean isExtensible(@Nullable Payload reader, String path) {
    String holder = path.endsWith("/enum") ? path.substring(0, path.length() - 5) : path;
    Node said = reader == null ? null : reader.locate(holder).get("x-extensible-enum");
    return said != null && !Boolean.FALSE.equals(said.bool());
  }

  private static void put(
      Map<Key, Found> found,
      Both both,
      String rule,
      String path,
      Kind kind,
      Effect effect,
      String what,
      String remedy) {
    Node older = both.older() == null ? null : both.older().locate(path);
    Node newer = both.newer() == null ? null : both.newer().locate(path);
    found.merge(
        new Key(rule, where(older), where(newer)),
        new Found(kind, effect, older, newer, what, remedy),
        (one, two) ->
            new Found(
                one.kind(),
                one.effect().or(two.effect()),
                older,
                newer,
                one.what().contains(two.what()) ? one.what() : one.what() + " " + two.what(),
                one.remedy()));
  }

  private static @Nullable Where where(@Nullable Node node) {
    return node == null ? null : Where.of(node);
  }
}
