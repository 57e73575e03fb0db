package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Channel;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Deprecation, sunset and stability. */
final class Lifecycle {
  private static final List<String> STABILITIES = List.of("draft", "alpha", "beta", "stable");

  private Lifecycle() {}

  /** The first day on which something may be gone; null if none was said. */
  private static @Nullable LocalDate sunset(@Nullable Node deprecation) {
    String day = deprecation == null ? null : deprecation.text("sunset");
    try {
      return day == null ? null : LocalDate.parse(day);
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** Whether something may be gone. */
  static boolean isOver(Map<String, Node> extensions, LocalDate today) {
    LocalDate sunset = sunset(extensions.get("x-deprecation"));
    return sunset != null && !today.isBefore(sunset);
  }

  /** Why something may not be gone, as the end of a sentence. */
  static String notYet(Map<String, Node> extensions, LocalDate today) {
    Node deprecation = extensions.get("x-deprecation");
    LocalDate sunset = sunset(deprecation);
    if (deprecation == null) {
      return ", and was not deprecated";
    }
    return sunset == null || isOver(extensions, today)
        ? ", and was deprecated without a sunset"
        : ", before its sunset on " + sunset;
  }

  static boolean isDraft(Contract contract, Operation operation, @Nullable Message message) {
    return Contents.isDraft(
        Terms.of(contract, operation, message).find("x-stability").orElse(null));
  }

  static String address(Channel channel) {
    return channel.address() == null ? "(without a fixed address)" : channel.address();
  }

  /** What changed in the lifecycle of a part. */
  static void compare(
      Changes changes, Scope scope, Map<String, Node> older, Map<String, Node> newer) {
    Node before = older.get("x-deprecation");
    Node after = newer.get("x-deprecation");
    LocalDate old = sunset(before);
    LocalDate now = sunset(after);
    if (before == null && after != null) {
      changes.add(
          scope,
          DiffRule.DEPRECATED,
          Effect.NOTHING,
          null,
          after,
          "it is deprecated now" + (now == null ? "" : ", with its sunset on " + now),
          "Tell those who use it.");
    } else if (before != null && after == null) {
      changes.add(
          scope,
          DiffRule.DEPRECATED,
          Effect.NOTHING,
          before,
          null,
          "it is no longer deprecated",
          "Tell those who left it.");
    } else if (old != null && (now == null || now.isAfter(old))) {
      changes.add(
          scope,
          DiffRule.SUNSET,
          Effect.NOTHING,
          before,
          after,
          "its sunset goes from " + old + " to " + (now == null ? "no day" : now),
          "Nothing to do.");
    } else if (old != null && now != null && now.isBefore(old)) {
      changes.add(
          scope,
          DiffRule.SUNSET,
          Effect.BREAKS,
          before,
          after,
          "its sunset goes from " + old + " to " + now + ", which is earlier",
          "Keep the day that was promised.");
    } else if (before != null && after != null && !Contents.same(before, after)) {
      changes.add(
          scope,
          DiffRule.DEPRECATED,
          Effect.NOTHING,
          before,
          after,
          "what its deprecation says changed",
          "Nothing to do.");
    }
  }

  static void stability(
      Changes changes, Scope scope, Map<String, Node> older, Map<String, Node> newer) {
    Node before = older.get("x-stability");
    Node after = newer.get("x-stability");
    if (Contents.same(before, after)) {
      return;
    }
    int old = level(before);
    int now = level(after);
    changes.add(
        scope,
        DiffRule.STABILITY,
        now < old ? Effect.UNCLEAR : Effect.NOTHING,
        before,
        after,
        "its stability goes from " + STABILITIES.get(old) + " to " + STABILITIES.get(now),
        now < old ? "What was promised as stable stays promised." : "Nothing to do.");
  }

  private static int level(@Nullable Node stability) {
    int level = STABILITIES.indexOf(stability == null ? "stable" : stability.text());
    return level < 0 ? STABILITIES.size() - 1 : level;
  }
}
