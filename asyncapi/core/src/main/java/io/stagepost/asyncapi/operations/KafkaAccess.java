package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Contract;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Access as Kafka grants it: operations on topics and groups, by literal name or prefix. */
final class KafkaAccess {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private record Resource(String type, String name, boolean isPrefix)
      implements Comparable<Resource> {
    @Override
    public int compareTo(Resource other) {
      int byType = other.type.compareTo(type); // topics first
      int byName = byType != 0 ? byType : name.compareTo(other.name);
      return byName != 0 ? byName : Boolean.compare(isPrefix, other.isPrefix);
    }
  }

  private final Needs needs;
  private final String principal;
  private final Map<Resource, Set<String>> grants = new TreeMap<>();

  KafkaAccess(Contract contract, Needs needs, AccessList.Who who) {
    this.needs = needs;

    String given = Objects.requireNonNullElse(who.principal(), Needs.name(contract));
    this.principal = given.contains(":") ? given : "User:" + given;
    boolean creates = who.declares() == AccessList.Declares.AUTO_CREATE;
    boolean looks = who.declares() != AccessList.Declares.NONE;
    for (Needs.Sends each : needs.sends) {
      topic(each.text(), creates, looks, "Write", "Describe");
    }
    for (Needs.Receives each : needs.receives) {
      topic(each.address(), creates, looks, "Read", "Describe");
      // Diverted keys are read from the dead letters.
      topic(each.deadLetters(), creates, looks, "Read", "Write", "Describe");
      topic(each.parking(), creates, looks, "Write", "Describe");
      group(each.subscription());
      if (who.defers()) {
        topic(each.delay(), creates, looks, "Read", "Write", "Describe");
        group(each.subscription() + ".delay");
      }
    }
  }

  private void topic(String name, boolean creates, boolean looks, String... operations) {
    int any = name.indexOf(Needs.ANY);
    Resource topic = new Resource("Topic", any < 0 ? name : name.substring(0, any), any >= 0);
    if (any < 0 && !name.matches("[a-zA-Z0-9._-]{1,249}")) {
      needs.notes.add(
          "'"
              + name
              + "' is no name for a topic: at most 249 of a-z, A-Z, 0-9, '.', '_' and '-'; not"
              + " listed");
      return;
    }
    if (any == 0) {
      needs.notes.add("an address begins with a parameter, so every topic is granted");
    }
    Resource granted = any == 0 ? new Resource("Topic", "*", false) : topic;
    Set<String> all = grants.computeIfAbsent(granted, r -> new TreeSet<>());
    all.addAll(List.of(operations));
    if (looks) {
      all.add("DescribeConfigs");
    }
    if (creates) {
      all.add("Create");
    }
  }

  private void group(String name) {
    grants.computeIfAbsent(new Resource("Group", name, false), r -> new TreeSet<>()).add("Read");
  }

  AccessList list() {
    StringBuilder text = new StringBuilder();
    ObjectNode root = JSON.createObjectNode();
    ArrayNode acls = root.putArray("acls");
    grants.forEach(
        (resource, operations) -> {
          List<String> words =
              new ArrayList<>(
                  List.of(
                      "kafka-acls --bootstrap-server \"$BOOTSTRAP\" --add",
                      "--allow-principal " + quoted(principal)));
          operations.forEach(operation -> words.add("--operation " + operation));
          words.add(
              "--" + resource.type().toLowerCase(Locale.ROOT) + " " + quoted(resource.name()));
          if (resource.isPrefix()) {
            words.add("--resource-pattern-type prefixed");
          }
          text.append(String.join(" ", words)).append('\n');
          for (String operation : operations) {
            acls.addObject()
                .put("principal", principal)
                .put("host", "*")
                .put("resourceType", resource.type().toUpperCase(Locale.ROOT))
                .put("patternType", resource.isPrefix() ? "PREFIXED" : "LITERAL")
                .put("name", resource.name())
                .put("operation", constant(operation))
                .put("permissionType", "ALLOW");
          }
        });
    ArrayNode notes = root.putArray("notes");
    needs.notes.forEach(notes::add);
    return new AccessList(
        text.toString(), JSON.writeValueAsString(root) + "\n", List.copyOf(needs.notes));
  }

  private static String constant(String operation) {
    return operation.replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
  }

  /** As a shell reads it back: one word, whatever is in it. */
  static String quoted(String text) {
    return text.matches("[A-Za-z0-9._:/=@%+-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
