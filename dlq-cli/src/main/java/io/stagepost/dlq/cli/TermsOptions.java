package io.stagepost.dlq.cli;

import io.stagepost.dlq.Terms;
import io.stagepost.dlq.Terms.Ids;
import io.stagepost.dlq.Terms.Order;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** On which terms letters are replayed. They are part of the plan. */
final class TermsOptions {
  @Option(
      names = "--to",
      paramLabel = "ADDRESS",
      description = "Send all letters there, instead of where each came from.")
  private @Nullable String to;

  @Option(
      names = "--parking",
      paramLabel = "ADDRESS",
      description =
          "Where letters go that were replayed too often. Default: the dead-letter address with"
              + " parking-lot in the place of dead-letter.")
  private @Nullable String parking;

  @Option(
      names = "--max-replays",
      paramLabel = "N",
      defaultValue = "" + Terms.MAX_REPLAYS,
      description =
          "How often a letter may be replayed, this time included (default: ${DEFAULT-VALUE})."
              + " Past it, it is parked.")
  private int maxReplays = Terms.MAX_REPLAYS;

  /** How the option says it. */
  enum Dedupe {
    /** Inboxes drop what they know. */
    KEEP,
    /** They do not know it. */
    NEW_ID;

    @Override
    public String toString() {
      return this == KEEP ? "keep" : "new-id";
    }
  }

  @Option(
      names = "--dedupe",
      paramLabel = "keep|new-id",
      converter = DedupeConverter.class,
      defaultValue = "keep",
      description =
          "keep (default): events keep their ids, so that inboxes drop what took effect before."
              + " new-id: each has another id, and its first one in the extension replayof; what"
              + " took effect takes effect again.")
  private Dedupe dedupe = Dedupe.KEEP;

  @Option(
      names = "--preserve-order",
      description =
          "Send the events of a key in the order in which they first were, one after another, and"
              + " leave letters alone that would come after newer events of their key.")
  private boolean preserveOrder;

  @Option(
      names = "--overtake",
      description =
          "With --preserve-order: send letters though newer events of their key went before.")
  private boolean overtake;

  /** For picocli. */
  TermsOptions() {}

  /** As the library has them. */
  Terms terms() {
    Terms terms =
        Terms.replay()
            .maxReplays(maxReplays)
            .ids(dedupe == Dedupe.KEEP ? Ids.KEEP : Ids.NEW)
            .order(
                overtake ? Order.OVERTAKING : preserveOrder ? Order.PRESERVED : Order.AS_IT_LIES);
    terms = to == null ? terms : terms.to(to);
    return parking == null ? terms : terms.parking(parking);
  }

  /** For picocli. */
  static final class DedupeConverter implements ITypeConverter<Dedupe> {
    /** For picocli. */
    DedupeConverter() {}

    @Override
    public Dedupe convert(String value) {
      return switch (value) {
        case "keep" -> Dedupe.KEEP;
        case "new-id" -> Dedupe.NEW_ID;
        default -> throw new TypeConversionException("'" + value + "' is neither keep nor new-id");
      };
    }
  }
}
