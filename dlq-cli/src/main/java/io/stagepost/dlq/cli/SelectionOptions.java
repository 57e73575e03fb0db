package io.stagepost.dlq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Filter;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** Which letters are meant: all, unless narrowed; each narrowing must hold. */
final class SelectionOptions {
  /** So many ids are told of those that were not found. */
  private static final int SHOWN = 5;

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
            + " map) and data (the payload, if it is JSON). A letter of which it cannot be computed,"
            + " without a field that it uses, say, is not meant, and is told of."
      })
  private @Nullable String where;

  @Option(
      names = "--ids-from",
      paramLabel = "FILE",
      description =
          "Named in this file, one a line, as peek names them, or in the column letter of CSV, as"
              + " peek --output csv writes it; - for standard input.")
  private @Nullable String idsFrom;

  @Option(
      names = "--limit",
      paramLabel = "N",
      converter = AtLeast.One.class,
      description = "So many at most.")
  private @Nullable Integer limit;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  // What came of it.
  private Filter filter = Filter.all();
  private String from = "";
  private @Nullable Where expression;
  private final Set<String> unseen = new TreeSet<>();
  private int named;
  private long looked;

  /** For picocli. */
  SelectionOptions() {}

  /**
   * As a filter of the library; all but {@link #limit}. It notes what it is asked about, for {@link
   * #ended}.
   *
   * @param address the dead-letter address that is read, of which the ids are
   * @throws ParameterException if an option is wrong
   */
  Filter filter(String address) {
    from = address;
    filter = Filter.all();
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
        expression = Where.compile(where);
        filter = filter.where(where, expression);
      } catch (TypeConversionException wrong) {
        throw wrong("--where " + where + ": " + wrong.getMessage());
      }
    }
    return filter.seeing(
        letter -> {
          looked++;
          unseen.remove(letter.id());
        });
  }

  /**
   * Tells what was selected in vain: ids that are not there, letters of which the expression cannot
   * be computed.
   *
   * @param isWhole whether all letters were read
   * @throws ParameterException if it could be computed for none
   */
  void tell(boolean isWhole) {
    PrintWriter err = requireNonNull(spec).commandLine().getErr();
    if (isWhole && !unseen.isEmpty()) {
      err.println(
          "dlq: "
              + unseen.size()
              + " of "
              + Words.count(named, "id")
              + " of "
              + idsFrom
              + " not found at "
              + from
              + ": "
              + unseen.stream().limit(SHOWN).collect(Collectors.joining(", "))
              + (unseen.size() > SHOWN ? " and others" : ""));
    }
    if (expression != null && expression.failed() > 0) {
      String text = expression.failed() + " of " + Words.count(expression.asked(), "letter");
      if (expression.failed() == expression.asked()) {
        throw wrong(
            "--where " + where + " can be computed for none of them: " + text + why(expression));
      }
      err.println("dlq: --where cannot be computed for " + text + why(expression));
    }
  }

  private static String why(Where expression) {
    return ", the first: " + expression.firstFailure();
  }

  /**
   * The same, and how a command ends that only reads.
   *
   * @param any whether there was any letter
   * @param isWhole whether all letters were read
   */
  ExitCode ended(boolean any, boolean isWhole) {
    tell(isWhole);
    if (any) {
      return ExitCode.DONE;
    }
    requireNonNull(spec).commandLine().getErr().println("dlq: Nothing matched: " + looked() + ".");
    return ExitCode.NOTHING_MATCHED;
  }

  /** What was looked at, and for what. */
  String looked() {
    String what = filter.toString();
    return "looked at "
        + Words.count(looked, "letter")
        + " of "
        + from
        + (what.isEmpty() ? "" : ", for " + what);
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
    Set<String> ids;
    try {
      ids = LetterIds.of(new String(Input.read("--ids-from", file), UTF_8), address);
    } catch (TypeConversionException none) {
      throw wrong("--ids-from " + file + ": " + none.getMessage());
    }
    if (ids.isEmpty()) {
      throw wrong("--ids-from " + file + ": it names no letters");
    }
    named = ids.size();
    unseen.addAll(ids);
    return ids;
  }

  private ParameterException wrong(String text) {
    return new ParameterException(requireNonNull(spec).commandLine(), text);
  }
}
