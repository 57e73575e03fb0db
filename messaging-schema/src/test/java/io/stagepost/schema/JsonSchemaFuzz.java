package io.stagepost.schema;

import io.stagepost.DecodeException;
import io.stagepost.EventType;
import io.stagepost.spi.Encoded;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The target of a fuzzer: JSON that is checked by a schema. The first byte chooses which. */
public final class JsonSchemaFuzz {
  private static final String DRAFT_07 =
      """
      {
        "type": "object",
        "properties": {
          "date": {"format": "date"}, "date-time": {"format": "date-time"}, "time": {"format": "time"},
          "email": {"format": "email"}, "idn-email": {"format": "idn-email"},
          "hostname": {"format": "hostname"}, "idn-hostname": {"format": "idn-hostname"},
          "ipv4": {"format": "ipv4"}, "ipv6": {"format": "ipv6"},
          "uri": {"format": "uri"}, "uri-reference": {"format": "uri-reference"},
          "iri": {"format": "iri"}, "iri-reference": {"format": "iri-reference"},
          "uri-template": {"format": "uri-template"}, "json-pointer": {"format": "json-pointer"},
          "relative-json-pointer": {"format": "relative-json-pointer"}, "regex": {"format": "regex"},
          "pattern": {"pattern": "^(a+b?)+$"}, "length": {"minLength": 2, "maxLength": 5},
          "base64": {"contentEncoding": "base64", "contentMediaType": "application/json"}
        },
        "patternProperties": {"^x-[0-9]*$": {"type": "string"}},
        "additionalProperties": {"$ref": "#"},
        "propertyNames": {"maxLength": 30},
        "maxProperties": 25
      }
      """;

  private static final String NUMBERS =
      """
      {
        "type": ["array", "number", "string"],
        "items": [{"const": 1.0}, {"enum": [1, "a", null, [1.0], {"a": 1e2}]}, {"multipleOf": 0.01}],
        "additionalItems": {"anyOf": [{"exclusiveMinimum": -1e10, "maximum": 1e300},
          {"$ref": "#"}, {"type": "integer", "multipleOf": 3}]},
        "uniqueItems": true, "contains": {"not": {"type": "null"}}, "maxItems": 50
      }
      """;

  private static final String DRAFT_2020_12 =
      """
      {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.com/tree", "$dynamicAnchor": "node",
        "type": "object",
        "properties": {
          "kind": {"enum": ["leaf", "branch"]},
          "children": {"type": "array", "items": {"$dynamicRef": "#node"}, "uniqueItems": true},
          "pair": {"prefixItems": [{"type": "string"}, {"type": "integer"}], "unevaluatedItems": false},
          "some": {"contains": {"type": "string"}, "minContains": 1, "maxContains": 3}
        },
        "if": {"properties": {"kind": {"const": "leaf"}}, "required": ["kind"]},
        "then": {"properties": {"value": {"type": ["number", "string"]}}, "required": ["value"]},
        "else": {"minProperties": 1},
        "dependentRequired": {"value": ["kind"]},
        "dependentSchemas": {"pair": {"required": ["some"]}},
        "unevaluatedProperties": {"type": "boolean"}
      }
      """;

  /** Every level doubles the branches: a body of n levels would take 2^n steps. */
  private static final String DOUBLING =
      """
      {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": ["object", "null"],
        "additionalProperties": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]}
      }
      """;

  private static final EventType<JsonNode> TREE = EventType.of("tree.v1", JsonNode.class);
  private static final List<JsonSchema> CODECS =
      List.of(
          JsonSchema.codec(DRAFT_07),
          JsonSchema.codec(NUMBERS),
          JsonSchema.codec(DRAFT_2020_12),
          JsonSchema.codec(DOUBLING));

  private JsonSchemaFuzz() {}

  /** For Jazzer. */
  public static void fuzzerInitialize() {
    Fuzzing.load(JsonSchemaFuzz.class, JsonSchemaFuzz::decodes);
  }

  /** For Jazzer. */
  public static void fuzzerTestOneInput(byte[] input) {
    boolean unused = Fuzzing.decodes(JsonSchemaFuzz::decodes, input);
  }

  /**
   * One try.
   *
   * @param input a choice and a body
   * @return whether it is a payload; else a {@link DecodeException} came of it
   */
  static boolean decodes(byte[] input) {
    if (input.length == 0) {
      return false;
    }
    byte[] body = Arrays.copyOfRange(input, 1, input.length);
    try {
      JsonNode unused = CODECS.get(input[0] & 3).decode(TREE, Encoded.of(body, "application/json"));
      return true;
    } catch (DecodeException expected) {
      return false;
    }
  }
}
