package io.stagepost.dlq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.spi.Browser;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which letters are meant: all, unless narrowed; each narrowing must hold. Immutable; its text says
 * it as the command's options do.
 */
public final class Filter {
  private static final Filter ALL = new Filter(List.of(), null);

  /** By so much a publisher's clock may go before the broker's, by which a log is entered. */
  private static final Duration SKEW = Duration.ofHours(1);

  /** So many ids are told one by one. */
  private static final int TOLD = 5;

  /** Of a hash, for people. */
  private static final int SHORT = 12;

  private final List<Condition> conditions;
  private final @Nullable Instant since;

  private Filter(List<Condition> conditions, @Nullable Instant since) {
    this.conditions = conditions;
    this.since = since;
  }

  private record Condition(String text, Predicate<Letter> holds) {}

  /**
   * All letters.
   *
   * @return a filter without conditions
   */
  public static Filter all() {
    return ALL;
  }

  /**
   * Only letters of a group.
   *
   * @param id as {@link Fingerprint#id()} gives it
   * @return the copy
   */
  public Filter group(String id) {
    return and("--group " + id, letter -> letter.fingerprint().id().equals(id));
  }

  /**
   * Only letters of a reason.
   *
   * @param reason as {@link FailureReport#reason()} gives it
   * @return the copy
   */
  public Filter reason(String reason) {
    requireNonNull(reason, "reason");
    return and("--reason " + reason, letter -> reason.equals(letter.failure().reason()));
  }

  /**
   * Only letters of a CloudEvents type.
   *
   * @param type the type
   * @return the copy
   */
  public Filter type(String type) {
    requireNonNull(type, "type");
    return and("--type " + type, letter -> type.equals(letter.type()));
  }

  /**
   * Only letters of an exception.
   *
   * @param name its class, with or without its package
   * @return the copy
   */
  public Filter exception(String name) {
    requireNonNull(name, "name");
    return and("--exception " + name, letter -> isNamed(letter.failure().exception(), name));
  }

  private static boolean isNamed(@Nullable String className, String name) {
    return className != null
        && (className.equals(name)
            || className.endsWith("." + name)
            || className.endsWith("$" + name));
  }

  /**
   * Only letters of a key.
   *
   * @param key as text
   * @return the copy
   */
  public Filter key(String key) {
    requireNonNull(key, "key");
    return and("--key " + key, letter -> key.equals(letter.key()));
  }

  /**
   * Only letters that a subscription gave up.
   *
   * @param name its name
   * @return the copy
   */
  public Filter subscription(String name) {
    requireNonNull(name, "name");
    return and("--subscription " + name, letter -> name.equals(letter.failure().subscription()));
  }

  /**
   * Only letters whose payload was written with a schema.
   *
   * @param version as the CloudEvents {@code dataschema} names it: the whole, what follows its last
   *     slash or colon, or a version such as {@code v1} that ends the type
   * @return the copy
   */
  public Filter schemaVersion(String version) {
    requireNonNull(version, "version");
    return and("--schema-version " + version, letter -> isVersion(letter, version));
  }

  private static boolean isVersion(Letter letter, String version) {
    URI schema = letter.event() == null ? null : letter.event().getDataSchema();
    String named = schema == null ? "" : schema.toString();
    return named.equals(version)
        || named.endsWith("/" + version)
        || named.endsWith(":" + version)
        || letter.type().endsWith("." + version);
  }

  /**
   * Only letters with a header.
   *
   * @param name its name, as the message bears it
   * @param value its value, as text
   * @return the copy
   */
  public Filter header(String name, String value) {
    byte[] wanted = value.getBytes(UTF_8);
    return and(
        "--header " + name + "=" + value,
        letter ->
            letter.message().headers().stream()
                .anyMatch(
                    header -> header.name().equals(name) && Arrays.equals(header.value(), wanted)));
  }

  /**
   * Only letters of which something holds.
   *
   * @param text how the command's option says it
   * @param holds called for every letter that is read
   * @return the copy
   */
  public Filter where(String text, Predicate<Letter> holds) {
    return and("--where " + text, requireNonNull(holds, "holds"));
  }

  /**
   * Only these letters.
   *
   * @param ids as {@link Letter#id()} gives them
   * @return the copy
   */
  public Filter ids(Set<String> ids) {
    Set<String> copy = Set.copyOf(ids);
    return and("--ids-from (" + told(copy) + ")", letter -> copy.contains(letter.id()));
  }

  /** Many ids are told by their number and hash: a plan names its letters elsewhere. */
  private static String told(Set<String> ids) {
    List<String> sorted = ids.stream().sorted().toList();
    if (sorted.size() <= TOLD) {
      return String.join(" ", sorted);
    }
    byte[] hash = Plan.Hash.sha256().digest(String.join("\n", sorted).getBytes(UTF_8));
    return sorted.size() + " ids, SHA-256 " + HexFormat.of().formatHex(hash).substring(0, SHORT);
  }

  /**
   * A filter of the same letters that shows somebody every letter which it is asked about, before
   * it decides.
   *
   * @param visitor called for every letter that is read
   * @return the copy
   */
  public Filter seeing(Consumer<Letter> visitor) {
    requireNonNull(visitor, "visitor");
    List<Condition> all = new ArrayList<>();
    all.add(
        new Condition(
            "",
            letter -> {
              visitor.accept(letter);
              return true;
            }));
    all.addAll(conditions);
    return new Filter(List.copyOf(all), since);
  }

  /**
   * Only letters that came to their address at an instant or later, by the time that they bear
   * there.
   *
   * @param time the first instant
   * @return the copy
   */
  public Filter since(Instant time) {
    Filter narrowed =
        and(
            "--since " + time,
            letter -> letter.at().time() != null && !letter.at().time().isBefore(time));
    return new Filter(narrowed.conditions, since == null || time.isAfter(since) ? time : since);
  }

  /**
   * Only letters that came to their address before an instant.
   *
   * @param time the first instant that is too late
   * @return the copy
   */
  public Filter until(Instant time) {
    return and(
        "--until " + time,
        letter -> letter.at().time() != null && letter.at().time().isBefore(time));
  }

  private Filter and(String text, Predicate<Letter> holds) {
    List<Condition> all = new ArrayList<>(conditions);
    all.add(new Condition(text, holds));
    return new Filter(List.copyOf(all), since);
  }

  /** What has to be read of an address to find all that is meant. */
  Browser.Selection within(String address) {
    Browser.Selection all = Browser.Selection.of(address);
    return since == null ? all : all.since(since.minus(SKEW));
  }

  boolean includes(Letter letter) {
    return conditions.stream().allMatch(condition -> condition.holds().test(letter));
  }

  /**
   * As options of the command.
   *
   * @return such as {@code --group 1f2e3d4c --since 2026-11-01T00:00:00Z}; empty for all
   */
  @Override
  public String toString() {
    return conditions.stream()
        .map(Condition::text)
        .filter(text -> !text.isEmpty())
        .collect(Collectors.joining(" "));
  }
}
