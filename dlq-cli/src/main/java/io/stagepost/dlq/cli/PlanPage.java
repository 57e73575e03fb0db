package io.stagepost.dlq.cli;

import io.stagepost.dlq.Outlook;
import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Plan.Refusal;
import io.stagepost.dlq.Terms;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Shows what a plan would do, and, if somebody has looked, what it would find now.
 *
 * @param plan the plan
 * @param outlook null for a plan that was made just now
 */
record PlanPage(Plan plan, @Nullable Outlook outlook) {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** For people: what would become of letters, and of which nothing, and why. */
  void print(PrintWriter to) {
    line(to, "run", plan.run());
    line(to, "what", what());
    line(
        to,
        "letters",
        plan.letters() + ", " + Words.count(plan.bytes(), "byte") + ", SHA-256 " + plan.sha256());
    plan.destinations().forEach((address, letters) -> line(to, "to", address + ": " + letters));
    plan.groups().forEach((group, letters) -> line(to, "group", group + ": " + letters));
    if (plan.parkedLetters() > 0) {
      line(
          to,
          "parked",
          plan.parkedLetters()
              + ", replayed "
              + Words.count(plan.terms().maxReplays(), "time")
              + " or more");
    }
    if (!plan.reordered().isEmpty()) {
      line(
          to,
          "reordered",
          plan.reordered().size() + ", not in the order of their key's events: sent last");
    }
    if (!plan.leftOut().isEmpty()) {
      line(to, "left out", counts(plan.leftOut()));
    }
    if (plan.refused() > 0) {
      refused(to);
    }
    if (outlook != null) {
      found(to, outlook);
    }
  }

  private void refused(PrintWriter to) {
    line(to, "left alone", Long.toString(plan.refused()));
    for (Refusal refusal : plan.refusals()) {
      to.println(
          "  "
              + refusal.id()
              + "  "
              + refusal.reason()
              + ": "
              + Column.harmless(Remedies.in(refusal.detail())));
    }
    long more = plan.refused() - plan.refusals().size();
    if (more > 0) {
      to.println("  and " + more + " more");
    }
  }

  private static void found(PrintWriter to, Outlook now) {
    if (!now.leftOut().isEmpty()) {
      line(to, "done since", counts(now.leftOut()));
    }
    line(to, "left to do", Long.toString(now.open()));
    if (now.hasDrifted()) {
      line(
          to,
          "drifted",
          now.isAnother()
              ? "something else lies where its first letters were"
              : Words.count(now.missing(), "letter") + " of it no longer there");
    }
  }

  private static void line(PrintWriter to, String word, String text) {
    to.println(word + " ".repeat(14 - word.length()) + text);
  }

  private String what() {
    Terms terms = plan.terms();
    StringBuilder text =
        new StringBuilder(verb(terms.action())).append(" what lies at ").append(plan.address());
    if (!plan.filter().isEmpty()) {
      text.append(", ").append(plan.filter());
    }
    if (terms.ids() == Terms.Ids.NEW) {
      text.append(", with new ids");
    }
    if (terms.upcast()) {
      text.append(", encoded anew");
    }
    if (terms.order() != Terms.Order.AS_IT_LIES) {
      text.append(", in the order of keys");
    }
    return text.toString();
  }

  /** As one JSON document. The names of its fields are stable. */
  ObjectNode document() {
    ObjectNode node = JSON.createObjectNode();
    node.put("run", plan.run());
    node.put("action", verb(plan.terms().action()));
    node.put("address", plan.address());
    node.put("filter", plan.filter());
    node.put("letters", plan.letters());
    node.put("bytes", plan.bytes());
    node.put("sha256", plan.sha256());
    counts(node.putObject("destinations"), plan.destinations());
    counts(node.putObject("groups"), plan.groups());
    node.put("parked", plan.parkedLetters());
    node.put("reordered", plan.reordered().size());
    counts(node.putObject("leftOut"), plan.leftOut());
    node.put("refused", plan.refused());
    ArrayNode refusals = node.putArray("refusals");
    for (Refusal refusal : plan.refusals()) {
      refusals
          .addObject()
          .put("id", refusal.id())
          .put("reason", refusal.reason())
          .put("detail", Remedies.in(refusal.detail()));
    }
    if (outlook != null) {
      counts(node.putObject("doneSince"), outlook.leftOut());
      node.put("leftToDo", outlook.open());
      node.put("missing", outlook.missing());
      node.put("drifted", outlook.hasDrifted());
    }
    return node;
  }

  private static void counts(ObjectNode node, Map<String, Long> counts) {
    counts.forEach(node::put);
  }

  /** Such as {@code 4 replayed, 1 parked}. */
  static String counts(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(each -> each.getValue() + " " + each.getKey())
        .collect(Collectors.joining(", "));
  }

  static String verb(Terms.Action action) {
    return action.name().toLowerCase(Locale.ROOT);
  }
}
