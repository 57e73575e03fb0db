package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Server;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which part of the older contract is which of the newer one: first those of whom nothing changed
 * that is on the wire, then those that have that, then those of the same key.
 *
 * @param pairs what is in both
 * @param removed what is in the older one only
 * @param added what is in the newer one only
 */
record Matching<T>(List<Pair<T>> pairs, Map<String, T> removed, Map<String, T> added) {
  /** A part in both contracts, with its keys. */
  record Pair<T>(String oldKey, T older, String newKey, T newer) {
    boolean isRenamed() {
      return !oldKey.equals(newKey);
    }
  }

  /**
   * Matches by criteria, the best first. A criterion gives what must be equal, and null for what it
   * does not match; what several have in common is matched in order.
   */
  private static <T> Matching<T> by(
      Map<String, T> older,
      Map<String, T> newer,
      List<BiFunction<String, T, @Nullable Object>> criteria) {
    Map<String, T> olds = new LinkedHashMap<>(older);
    Map<String, T> news = new LinkedHashMap<>(newer);
    List<Pair<T>> pairs = new ArrayList<>();
    for (BiFunction<String, T, @Nullable Object> criterion : criteria) {
      Map<Object, List<String>> byValue = new HashMap<>();
      news.forEach(
          (key, part) -> {
            Object value = criterion.apply(key, part);
            if (value != null) {
              byValue.computeIfAbsent(value, v -> new ArrayList<>()).add(key);
            }
          });
      for (Map.Entry<String, T> old : List.copyOf(olds.entrySet())) {
        Object value = criterion.apply(old.getKey(), old.getValue());
        List<String> keys = value == null ? null : byValue.get(value);
        if (keys != null && !keys.isEmpty()) {
          String key = keys.remove(0);
          pairs.add(
              new Pair<>(
                  old.getKey(), old.getValue(), key, Objects.requireNonNull(news.remove(key))));
          olds.remove(old.getKey());
        }
      }
    }
    return new Matching<>(pairs, olds, news);
  }

  static Matching<Channel> channels(Map<String, Channel> older, Map<String, Channel> newer) {
    return by(
        older,
        newer,
        List.of(
            (key, channel) -> List.of(key, String.valueOf(channel.address())),
            (key, channel) -> channel.address(),
            (key, channel) -> key));
  }

  static Matching<Server> servers(Map<String, Server> older, Map<String, Server> newer) {
    return by(
        older,
        newer,
        List.of(
            (key, server) -> List.of(key, server.host(), server.protocol()),
            (key, server) ->
                List.of(server.host(), server.protocol(), String.valueOf(server.pathname())),
            (key, server) -> key));
  }

  static Matching<Message> messages(Map<String, Message> older, Map<String, Message> newer) {
    return by(
        older,
        newer,
        List.of(
            (key, message) -> List.of(key, String.valueOf(message.eventType())),
            (key, message) -> message.eventType(),
            (key, message) -> key,
            (key, message) -> message.name()));
  }

  /** Operations, whose channels are named by what they were called in the older contract. */
  static Matching<Operation> operations(
      Map<String, Operation> older,
      Map<String, Operation> newer,
      BiFunction<Operation, Boolean, String> channel) {
    IdentityHashMap<Operation, String> channels = new IdentityHashMap<>();
    older.values().forEach(each -> channels.put(each, channel.apply(each, true)));
    newer.values().forEach(each -> channels.put(each, channel.apply(each, false)));
    return by(
        older,
        newer,
        List.of(
            (key, each) -> List.of(key, each.action(), String.valueOf(channels.get(each))),
            (key, each) -> key,
            (key, each) -> List.of(each.action(), String.valueOf(channels.get(each)))));
  }
}
