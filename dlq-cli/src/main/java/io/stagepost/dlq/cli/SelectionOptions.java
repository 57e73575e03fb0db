package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Filter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Which letters are meant: all, unless narrowed; each narrowing must hold. */
final class SelectionOptions {
  @Option(
      names = "--group",
      paramLabel = "ID",
      description = "Of a group, by its id, as groups shows it.")
  private @Nullable String group;

  @Option(names = "--reason", paramLabel = "WORD", description = "That failed for this reason.")
  private @Nullable String reason;

  @Option(
      names = "--exception",
      paramLabel = "CLASS",
      description = "That failed with this exception; with or without its package.")
  private @Nullable String exception;

  @Option(names = "--type", paramLabel = "TYPE", description = "Of this CloudEvents type.")
  private @Nullable String type;

  @Option(
      names = "--schema-version",
      paramLabel = "VERSION",
      description = "Whose dataschema ends with this version, or whose type does: v2, or 17.")
  private @Nullable String schemaVersion;

  @Option(
      names = "--subscription",
      paramLabel = "NAME",
      description = "That this subscription, or consumer group, gave up.")
  private @Nullable String subscription;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = Time.InstantConverter.class,
      description = "That came at this time or later: an age (2h, 7d) or an instant (UTC).")
  private @Nullable Instant since;

  @Option(
      names = "--until",
      paramLabel = "TIME",
      converter = Time.InstantConverter.class,
      description = "That came before this time.")
  private @Nullable Instant until;

  @Option(names = "--key", paramLabel = "KEY", description = "Of this ordering key.")
  private @Nullable String key;

  @Option(
      names = "--header",
      paramLabel = "NAME=VALUE",
      description = "With this header; may be given several times.")
  private Map<String, String> headers = new LinkedHashMap<>();

  @Option(
      names = "--where",
      paramLabel = "EXPR",
      description = {
        "Of which this expression of CEL (cel.dev) is true. It may use id, type, source, subject,"
            + " key, reason, exception, message, subscription, time, attempts, replays, headers (a"
            + " map) and data (the payload, if it is JSON). A letter without a field that it uses"
            + " is not meant."
      })
  private @Nullable String where;

  @Option(
      names = "--ids-from",
      paramLabel = "FILE",
      description = "Named in this file, one a line, as peek names them; - for standard input.")
  private @Nullable String idsFrom;

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = AtLeast.One.class,
      description = "So many at most.")
  private @Nullable Integer limit;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  /** For picocli. */
  SelectionOptions() {}

  /**
   * As a filter of the library; all but {@link #limit}.
   *
   * @param address the dead-letter address that is read, of which the ids are
   * @throws ParameterException if an option is wrong
   */
  Filter filter(String address) {
    Filter filter = Filter.all();
    filter = group == null ? filter : filter.group(group);
    filter = reason == null ? filter : filter.reason(reason);
    filter = exception == null ? filter : filter.exception(exception);
    filter = type == null ? filter : filter.type(type);
    filter = schemaVersion == null ? filter : filter.schemaVersion(schemaVersion);
    filter = subscription == null ? filter : filter.subscription(subscription);
    filter = since == null ? filter : filter.since(since);
    filter = until == null ? filter : filter.until(until);
    filter = key == null ? filter : filter.key(key);
    for (Map.Entry<String, String> header : headers.entrySet()) {
      filter = filter.header(header.getKey(), header.getValue());
    }
    filter = idsFrom == null ? filter : filter.ids(ids(address, idsFrom));
    if (where != null) {
      try {
        filter = filter.where(where, Where.compile(where));
      } catch (TypeConversionException wrong) {
        throw wrong("--where " + where + ": " + wrong.getMessage());
      }
    }
    return filter;
  }

  /**
   * How many letters are meant at most.
   *
   * @param otherwise if the option is not given
   */
  long limit(long otherwise) {
    return limit == null ? otherwise : limit;
  }

  private Set<String> ids(String address, String file) {
    Set<String> ids = new TreeSet<>();
    try {
      String text =
          file.equals("-")
              ? new String(System.in.readAllBytes(), UTF_8)
              : Files.readString(Path.of(file));
      for (String line : text.lines().map(String::strip).toList()) {
        if (!line.isEmpty() && !line.startsWith("#")) {
          LetterName name = LetterName.parse(line.indexOf('@') < 0 ? address + "@" + line : line);
          if (!name.address().equals(address)) {
            throw wrong(file + " names " + name + ", which does not lie at " + address);
          }
          ids.add(name.id());
        }
      }
    } catch (TypeConversionException none) {
      throw wrong(file + ": " + none.getMessage());
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
    return ids;
  }

  private ParameterException wrong(String text) {
    return new ParameterException(requireNonNull(spec).commandLine(), text);
  }
}
