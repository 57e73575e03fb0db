package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Server;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Access as RabbitMQ grants it: three regular expressions for a user in a virtual host. */
final class RabbitAccess {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Needs needs;
  private final String user;
  private final String virtualHost;
  private final Set<String> configure = new TreeSet<>();
  private final Set<String> write = new TreeSet<>();
  private final Set<String> read = new TreeSet<>();

  RabbitAccess(Contract contract, Needs needs, AccessList.Who who) {
    this.needs = needs;
    this.user = Objects.requireNonNullElse(who.principal(), Needs.name(contract));
    this.virtualHost = Objects.requireNonNullElse(who.virtualHost(), virtualHost(contract));
    boolean creates = who.declares() == AccessList.Declares.AUTO_CREATE;
    boolean looks = who.declares() != AccessList.Declares.NONE;
    for (Needs.Sends each : needs.sends) {
      String address = pattern(each.text());
      write.add(address);
      if (creates) {
        configure.add(address);
      }
    }
    for (Needs.Receives each : needs.receives) {
      String address = pattern(each.address());
      // Its exchanges and queues, those of its dead letters and long delays, and its members' own.
      String own = pattern(each.address() + "." + each.subscription()) + "(\\..*)?";
      for (Set<String> all : List.of(configure, write, read)) {
        all.add(own);
        elsewhere(all, each.deadLetters(), each);
        elsewhere(all, each.parking(), each);
      }
      if (looks) {
        write.add(address);
      }
      if (creates || each.isStream()) {
        read.add(address);
      }
      if (creates || (looks && each.isStream())) {
        configure.add(address); // To look at a queue or stream takes it since RabbitMQ 4.3.
      }
    }
  }

  /** An address that a contract names itself, if it is not below the subscription's own. */
  private static void elsewhere(Set<String> all, String address, Needs.Receives each) {
    if (!address.startsWith(each.address() + "." + each.subscription() + ".")) {
      all.add(pattern(address) + "(\\..*)?");
    }
  }

  private static String virtualHost(Contract contract) {
    for (Server server : contract.servers().values()) {
      String path = server.pathname();
      if (server.protocol().startsWith("amqp") && path != null && path.matches("/[^/{}]+")) {
        return path.substring(1);
      }
    }
    return "/";
  }

  private static String pattern(String address) {
    return address
        .replaceAll("([\\\\.*+?^$|()\\[\\]{}])", "\\\\$1")
        .replace(String.valueOf(Needs.ANY), ".+");
  }

  AccessList list() {
    String command =
        "rabbitmqctl set_permissions -p "
            + KafkaAccess.quoted(virtualHost)
            + " "
            + KafkaAccess.quoted(user)
            + " "
            + KafkaAccess.quoted(all(configure))
            + " "
            + KafkaAccess.quoted(all(write))
            + " "
            + KafkaAccess.quoted(all(read))
            + "\n";
    boolean isNeeded = !(configure.isEmpty() && write.isEmpty() && read.isEmpty());
    ObjectNode root = JSON.createObjectNode();
    ArrayNode permissions = root.putArray("permissions");
    if (isNeeded) {
      permissions
          .addObject()
          .put("user", user)
          .put("vhost", virtualHost)
          .put("configure", all(configure))
          .put("write", all(write))
          .put("read", all(read));
    }
    ArrayNode notes = root.putArray("notes");
    needs.notes.forEach(notes::add);
    return new AccessList(
        isNeeded ? command : "", JSON.writeValueAsString(root) + "\n", List.copyOf(needs.notes));
  }

  private static String all(Set<String> patterns) {
    return patterns.isEmpty()
        ? "^$"
        : patterns.size() == 1
            ? "^" + patterns.iterator().next() + "$"
            : patterns.stream().collect(Collectors.joining("|", "^(", ")$"));
  }
}
