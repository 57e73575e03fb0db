package io.stagepost.asyncapi;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaException;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Holds the examples of messages against their schemas, where those are JSON Schema. */
final class Examples {
  /** The most errors of structure beside which examples are still worth checking. */
  private static final int BROKEN = 1_000;

  /** The most values that the schemas of all messages with examples may have together. */
  private static final int COPIED = 3_000_000;

  private int copied;
  private final Documents documents;
  private final Contract contract;
  private final List<Finding> structural;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * For one contract.
   *
   * @param structural what is wrong with its structure: schemas that are broken check nothing
   */
  Examples(Documents documents, Contract contract, List<Finding> structural) {
    this.documents = documents;
    this.contract = contract;
    this.structural = structural.stream().filter(f -> f.severity() == Severity.ERROR).toList();
  }

  List<Finding> check() {
    Set<Node> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    if (structural.size() > BROKEN) {
      return List.of();
    }
    for (Message message : Messages.of(contract)) {
      if (findings.size() > Finding.MOST || copied > COPIED) {
        break;
      }
      List<Node> payloads = new ArrayList<>();
      List<Node> headers = new ArrayList<>();
      for (Message.Example example : message.examples()) {
        if (seen.add(example.node())) {
          Node payload = example.payload();
          if (payload != null) {
            payloads.add(payload);
          }
          Node shown = example.headers();
          if (shown != null) {
            headers.add(shown);
          }
        }
      }
      check(message.payload(), payloads, "example-payload");
      check(message.headers(), headers, "example-headers");
    }
    return findings;
  }

  private void check(@Nullable Payload payload, List<Node> examples, String rule) {
    if (payload == null || examples.isEmpty() || !payload.format().isJsonSchema()) {
      return;
    }
    SchemaBundle bundle = new SchemaBundle(documents);
    JsonNode json = bundle.bundle(payload.schema());
    copied += bundle.size();
    if (copied > COPIED) {
      findings.add(
          Finding.at(
              payload.schema(),
              "limit",
              Severity.ERROR,
              "from here on examples are not checked: their schemas have more than "
                  + COPIED
                  + " values in all, shared ones counted as often as used",
              "Split the contract."));
      return;
    }
    if (isBroken(payload.schema()) || bundle.parts().stream().anyMatch(this::isBroken)) {
      return;
    }
    Schema schema;
    try {
      schema = Schemas.compile(json, payload.format());
    } catch (SchemaException | PatternSyntaxException e) {
      unusable(payload, String.valueOf(e.getMessage()));
      return;
    }
    for (Node example : examples) {
      for (Schemas.Violation violation : Schemas.violations(schema, Json.of(example))) {
        Node at = example.at(violation.instance());
        switch (violation.keyword()) {
          case "invalid-schema" -> {
            unusable(payload, violation.message());
            return;
          }
          case "limit" ->
              findings.add(
                  Finding.at(
                      example,
                      "limit",
                      Severity.ERROR,
                      "the example cannot be checked: " + violation.message(),
                      "Make schema or example smaller."));
          case "format" -> findings.add(of(at, example, violation, rule, Severity.WARNING));
          default -> findings.add(of(at, example, violation, rule, Severity.ERROR));
        }
      }
    }
  }

  private boolean isBroken(Node schema) {
    String pointer = schema.pointer().toString();
    return structural.stream()
        .anyMatch(
            f ->
                f.file().equals(schema.place().file())
                    && (f.pointer().equals(pointer) || f.pointer().startsWith(pointer + "/")));
  }

  private static Finding of(
      @Nullable Node at,
      Node example,
      Schemas.Violation violation,
      String rule,
      Severity severity) {
    return Finding.at(
        at == null ? example : at,
        rule,
        severity,
        "the example does not match its schema: " + violation.message(),
        "Mend the example or the schema.");
  }

  private void unusable(Payload payload, String reason) {
    findings.add(
        Finding.at(
            payload.schema(),
            "payload-unusable",
            Severity.WARNING,
            "the schema cannot be used to check examples: " + reason,
            "Mend it; patterns are regular expressions of ECMA-262."));
  }
}
