package io.stagepost.schema.compatibility;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Why verdicts differ. */
final class Reasons {
  /** What is decoded, and what we refuse all the same. */
  static final Set<String> STRICTER_THAN_DATA =
      Set.of(
          "AVRO date to timestamp",
          "AVRO millis to micros",
          "AVRO rename a record in a growing union",
          "AVRO rename a record with an alias",
          "AVRO rename a record without an alias",
          "AVRO scale of a decimal",
          "AVRO timestamp to local timestamp",
          "PROTOBUF use a reserved number");

  private static final Map<String, String> REASONS = new HashMap<>();

  static {
    because(
        "it is decoded, and means another time or amount",
        "AVRO millis to micros",
        "AVRO timestamp to local timestamp",
        "AVRO date to timestamp",
        "AVRO scale of a decimal");
    because(
        "the decoder, which Confluent asks, fails at a symbol only when it meets one",
        "AVRO add an enum symbol");
    because(
        "the Java decoder, which Confluent asks, does not look at the names of records; the"
            + " specification, Avro's checker and other languages do",
        "AVRO rename a record with an alias",
        "AVRO rename a record without an alias",
        "AVRO rename a record in a growing union");
    because(
        "in a union the decoder looks for an enum by its full name; Avro's checker does not",
        "AVRO namespace of an enum, into a union",
        "AVRO namespace of an enum in a growing union");
    because(
        "the reader keeps one of two values",
        "PROTOBUF two fields into a oneof",
        "PROTOBUF a field into an existing oneof");
    because(
        "names are not on the wire; Apicurio guards generated code and JSON too",
        "PROTOBUF rename a field",
        "PROTOBUF rename an enum value",
        "PROTOBUF rename a nested message",
        "PROTOBUF a map to its entries");
    because(
        "this way nothing is lost; Apicurio wants equal types",
        "PROTOBUF int32 to int64",
        "PROTOBUF uint32 to int64",
        "PROTOBUF sint32 to sint64",
        "PROTOBUF bool to int32",
        "PROTOBUF string to bytes",
        "PROTOBUF enum to int32",
        "PROTOBUF a message that contains itself");
    because(
        "this way nothing is lost; Apicurio wants equal labels",
        "PROTOBUF singular to repeated",
        "PROTOBUF singular number to repeated",
        "PROTOBUF implicit to optional",
        "PROTOBUF proto2: required to optional");
    because(
        "a field that the reader does not have is kept aside; Apicurio refuses every field that"
            + " goes without being reserved, and takes what is added for that when it looks"
            + " forward",
        "PROTOBUF add a field",
        "PROTOBUF remove a field and reserve its number",
        "PROTOBUF remove a field without reserving its number",
        "PROTOBUF add a field to a oneof",
        "PROTOBUF remove a field from a oneof",
        "PROTOBUF proto2: add a required field",
        "PROTOBUF add a message that a new field uses",
        "PROTOBUF use a reserved number");
    because(
        "a property that allows anything refuses nothing",
        "JSON open: add a property that allows anything");
    because("1 and 1.0 are equal in JSON Schema", "JSON 1 to 1.0");
    because(
        "the names of fields are not on the wire; here it warns", "PROTOBUF use a reserved name");
    because(
        "the same; but Apicurio's FULL allows what its FORWARD refuses",
        "PROTOBUF proto2: add an enum value",
        "PROTOBUF add a message that nobody uses");
    because("an open enum keeps the number; here it warns", "PROTOBUF add an enum value");
  }

  private Reasons() {}

  private static void because(String reason, String... changes) {
    List.of(changes).forEach(change -> REASONS.put(change, reason));
  }

  static String of(String change) {
    String reason = REASONS.get(change);
    if (reason == null && change.startsWith("JSON ")) {
      return "it follows from what the other keywords say; Apicurio compares them one by one";
    }
    return reason == null ? "?" : reason;
  }
}
