package io.stagepost.asyncapi.catalogue;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Server;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Who sends and receives where, across contracts. Channels of different contracts are one place if
 * their addresses are equal but for names of parameters, and no two of their protocols differ.
 */
final class Landscape {
  /** What an application does at a place. */
  enum Role {
    SENDS("sends"),
    RECEIVES("receives"),
    /** It answers what it has received elsewhere. */
    REPLIES("replies"),
    /** It receives answers to what it has sent elsewhere. */
    AWAITS("receives replies");

    final String verb;

    Role(String verb) {
      this.verb = verb;
    }

    boolean isOut() {
      return this == SENDS || this == REPLIES;
    }

    boolean isReply() {
      return this == REPLIES || this == AWAITS;
    }
  }

  /** What one operation does at a place. */
  record Use(
      Entry entry, Operation operation, Role role, Channel channel, List<Message> messages) {}

  /** A channel as one contract describes it. */
  record Described(Entry entry, Channel channel) {}

  /**
   * Where messages go.
   *
   * @param name its address, or what stands for it
   * @param isAddress whether the name is its address
   * @param protocol empty if no contract says
   * @param slug its name in addresses of pages
   */
  record Place(
      String name,
      boolean isAddress,
      String protocol,
      String slug,
      List<Described> described,
      List<Use> uses) {
    List<Use> uses(boolean out) {
      return uses.stream().filter(use -> use.role().isOut() == out).toList();
    }
  }

  private final List<Entry> entries;
  private final List<Place> places;
  private final IdentityHashMap<Channel, Place> byChannel;

  private Landscape(
      List<Entry> entries, List<Place> places, IdentityHashMap<Channel, Place> byChannel) {
    this.entries = entries;
    this.places = places;
    this.byChannel = byChannel;
  }

  static Landscape of(List<Entry> entries) {
    Map<String, Set<String>> protocols = new HashMap<>();
    for (Entry entry : entries) {
      entry.valid().stream()
          .flatMap(contract -> contract.channels().values().stream())
          .filter(channel -> channel.address() != null)
          .forEach(
              channel ->
                  protocols
                      .computeIfAbsent(normal(channel.address()), a -> new TreeSet<>())
                      .add(protocol(channel)));
    }
    Map<String, List<Described>> groups = new TreeMap<>();
    for (Entry entry : entries) {
      for (Channel channel : entry.valid().map(c -> c.channels().values()).orElse(List.of())) {
        groups
            .computeIfAbsent(key(entry, channel, protocols), k -> new ArrayList<>())
            .add(new Described(entry, channel));
      }
    }
    Slugs slugs = new Slugs();
    List<Place> places = new ArrayList<>();
    IdentityHashMap<Channel, Place> byChannel = new IdentityHashMap<>();
    for (List<Described> group : groups.values()) {
      Described first = group.get(0);
      String address = first.channel().address();
      String protocol =
          group.stream()
              .map(d -> protocol(d.channel()))
              .filter(p -> !p.isEmpty())
              .findFirst()
              .orElse("");
      String name = address == null ? first.channel().key() : address;
      Place place =
          new Place(name, address != null, protocol, slugs.next(name), group, new ArrayList<>());
      group.forEach(d -> byChannel.put(d.channel(), place));
      places.add(place);
    }
    for (Entry entry : entries) {
      entry.valid().ifPresent(contract -> uses(entry, contract, byChannel));
    }
    places.sort(Comparator.comparing(Place::name).thenComparing(Place::slug));
    return new Landscape(entries, List.copyOf(places), byChannel);
  }

  private static void uses(
      Entry entry, Contract contract, IdentityHashMap<Channel, Place> byChannel) {
    for (Operation operation : contract.operations().values()) {
      boolean sends = operation.action() == Operation.Action.SEND;
      use(
          entry,
          operation,
          sends ? Role.SENDS : Role.RECEIVES,
          operation.channel(),
          operation.messages(),
          byChannel);
      Operation.Reply reply = operation.reply();
      if (reply != null) {
        use(
            entry,
            operation,
            sends ? Role.AWAITS : Role.REPLIES,
            reply.channel(),
            reply.messages(),
            byChannel);
      }
    }
  }

  private static void use(
      Entry entry,
      Operation operation,
      Role role,
      @Nullable Channel channel,
      List<Message> messages,
      IdentityHashMap<Channel, Place> byChannel) {
    Place place = channel == null ? null : byChannel.get(channel);
    if (channel != null && place != null) {
      place.uses().add(new Use(entry, operation, role, channel, messages));
    }
  }

  /** What is known by one address is one place; what has none is its contract's own. */
  private static String key(Entry entry, Channel channel, Map<String, Set<String>> protocols) {
    String address = channel.address();
    if (address == null) {
      return "\u0001" + entry.slug() + "\u0001" + channel.key();
    }
    String normal = normal(address);
    Set<String> all = new LinkedHashSet<>(protocols.getOrDefault(normal, Set.of()));
    all.remove("");
    String own = protocol(channel);
    return normal + "\u0001" + (own.isEmpty() && all.size() == 1 ? all.iterator().next() : own);
  }

  private static String normal(@Nullable String address) {
    return address == null ? "" : address.replaceAll("\\{[^{}]*\\}", "{}");
  }

  /** The family of protocols; empty if the channel's servers do not agree. */
  private static String protocol(Channel channel) {
    Set<String> families = new TreeSet<>();
    for (Server server : channel.servers()) {
      String protocol = server.protocol();
      families.add(
          switch (protocol) {
            case "kafka-secure" -> "kafka";
            case "amqps" -> "amqp";
            case "amqp1s" -> "amqp1";
            case "mqtts", "secure-mqtt", "mqtt5" -> "mqtt";
            case "https" -> "http";
            case "wss" -> "ws";
            default -> protocol;
          });
    }
    return families.size() == 1 ? families.iterator().next() : "";
  }

  List<Entry> entries() {
    return entries;
  }

  /** All places, by name. */
  List<Place> places() {
    return places;
  }

  @Nullable Place place(Channel channel) {
    return byChannel.get(channel);
  }

  /** Places that a contract uses or describes, in its order. */
  List<Place> places(Entry entry) {
    Map<String, Place> found = new LinkedHashMap<>();
    for (Channel channel : entry.valid().map(c -> c.channels().values()).orElse(List.of())) {
      Place place = byChannel.get(channel);
      if (place != null) {
        found.put(place.slug(), place);
      }
    }
    return List.copyOf(found.values());
  }
}
