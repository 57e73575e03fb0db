package io.stagepost.asyncapi.catalogue;

import static io.stagepost.asyncapi.catalogue.Html.attr;
import static io.stagepost.asyncapi.catalogue.Html.tag;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What holds for an operation, and where each value was written. */
final class TermsTable {
  private static final Map<String, String> NAMES = new LinkedHashMap<>();

  static {
    NAMES.put("x-delivery", "Delivery");
    NAMES.put("x-timeout", "Handler's time");
    NAMES.put("x-retry", "Retry");
    NAMES.put("x-ttl", "Time to live");
    NAMES.put("x-expired", "Expired");
    NAMES.put("x-unknown-type", "Unknown type");
    NAMES.put("x-ordering-key", "Ordering key");
    NAMES.put("x-idempotency-key", "Idempotency key");
    NAMES.put("x-dead-letter", "Dead letters");
    NAMES.put("x-parking", "Parking lot");
    NAMES.put("x-load", "Load");
    NAMES.put("x-rate", "Rate limit");
    NAMES.put("x-priority", "Priority");
    NAMES.put("x-degradation", "Degradation");
    NAMES.put("x-slo", "Objective");
    NAMES.put("x-error-budget", "Error budget");
    NAMES.put("x-max-bytes", "Largest payload");
    NAMES.put("x-criticality", "Criticality");
    NAMES.put("x-stability", "Stability");
  }

  private TermsTable() {}

  static Html of(Entry entry, Contract contract, Operation operation) {
    List<Html> rows = new ArrayList<>();
    NAMES.forEach(
        (extension, name) -> {
          Map<Node, List<String>> values = new LinkedHashMap<>();
          if (operation.messages().isEmpty()) {
            Terms.of(contract, operation, null)
                .find(extension)
                .ifPresent(node -> values.put(node, List.of()));
          }
          for (Message message : operation.messages()) {
            Terms.of(contract, operation, message)
                .find(extension)
                .ifPresent(
                    node ->
                        values.computeIfAbsent(node, n -> new ArrayList<>()).add(message.name()));
          }
          values.forEach(
              (node, messages) ->
                  rows.add(row(entry, name, extension, node, who(operation, messages))));
        });
    return rows.isEmpty()
        ? Html.NONE
        : Html.all(
            tag("h4", "Terms"),
            Shell.table(
                "Terms of " + operation.key(), List.of("Term", "Value", "Written in"), rows));
  }

  /** For whom it holds, if not for all. */
  private static String who(Operation operation, List<String> messages) {
    return messages.size() == operation.messages().size() ? "" : String.join(", ", messages);
  }

  private static Html row(Entry entry, String name, String extension, Node node, String who) {
    return tag(
        "tr",
        tag("th", attr("scope", "row"), attr("title", extension), name),
        tag("td", value(extension, node), who.isEmpty() ? Html.NONE : tag("p.muted", "for " + who)),
        tag("td.where", tag("code", entry.shown(node.place()))));
  }

  private static Html value(String extension, Node node) {
    String text = node.text();
    boolean isCode =
        text != null && (text.startsWith("$") || extension.matches("x-(dead-letter|parking)"));
    String bytes = extension.equals("x-max-bytes") ? " bytes" : "";
    return isCode ? tag("code", Words.of(node)) : Html.all(Words.of(node) + bytes);
  }
}
