package io.stagepost.asyncapi.diff;

import io.stagepost.asyncapi.Finding;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.tree.Node;
import java.util.Comparator;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One change between two versions of a contract.
 *
 * @param ruleId the stable id of the rule, as {@code docs/contracts/diff.md} lists it
 * @param kind what sort of change it is
 * @param publishers what it means for an unchanged application that publishes to the channel
 * @param subscribers what it means for an unchanged application that subscribes to the channel
 * @param severity how bad it is, with stability, sunset and waivers regarded
 * @param bump how much the contract's version must rise for it
 * @param subject which part of the contract, in words
 * @param older where it was in the older contract; null if it was not there
 * @param newer where it is in the newer contract; null if it is not there
 * @param nearest where the newer contract is to be looked at: {@code newer}, or what held it
 * @param what what changed, and what follows
 * @param remedy what to do instead
 * @param note why it is less severe than its verdicts; empty if it is not
 */
public record Change(
    String ruleId,
    Kind kind,
    Verdict publishers,
    Verdict subscribers,
    Severity severity,
    Bump bump,
    String subject,
    @Nullable Where older,
    @Nullable Where newer,
    Where nearest,
    String what,
    String remedy,
    String note) {
  static final Comparator<Change> ORDER =
      Comparator.comparing(Change::severity)
          .thenComparing(Change::nearest)
          .thenComparing(Change::ruleId)
          .thenComparing(Change::what);

  /** What sort of change it is. */
  public enum Kind {
    /** The code that is generated from the contract changes; nothing on the wire does. */
    SOURCE,
    /** What is on the wire changes. */
    WIRE,
    /** How messages are handled changes. */
    BEHAVIOUR,
    /** What is on the wire is read without an error, and means something else. */
    SILENT;

    /** As reports write it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What a change means for somebody who does not change with it. */
  public enum Verdict {
    /** Nothing breaks. */
    SAFE,
    /** It depends on something that the contract does not say. */
    UNKNOWN,
    /** Something breaks. */
    BREAKING;

    /** The worse of two. */
    Verdict or(Verdict other) {
      return compareTo(other) >= 0 ? this : other;
    }

    /** As reports write it. */
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A place in a contract.
   *
   * @param file the file, as it was named
   * @param line from 1
   * @param column from 1
   * @param pointer the JSON pointer in that file; empty for the whole document
   */
  public record Where(String file, int line, int column, String pointer)
      implements Comparable<Where> {
    static Where of(Node node) {
      return new Where(
          node.place().file(),
          node.place().line(),
          node.place().column(),
          node.pointer().toString());
    }

    /**
     * By file, line, column, and pointer.
     *
     * @param other the other
     * @return as {@link Comparable} says
     */
    @Override
    public int compareTo(Where other) {
      return Comparator.comparing(Where::file)
          .thenComparingInt(Where::line)
          .thenComparingInt(Where::column)
          .thenComparing(Where::pointer)
          .compare(this, other);
    }

    /** As compilers write it. */
    @Override
    public String toString() {
      return file + ":" + line + ":" + column;
    }
  }

  Change naming(UnaryOperator<String> names) {
    if (older == null) {
      return this;
    }
    Where named =
        new Where(names.apply(older.file()), older.line(), older.column(), older.pointer());
    return new Change(
        ruleId,
        kind,
        publishers,
        subscribers,
        severity,
        bump,
        subject,
        named,
        newer,
        nearest,
        what,
        remedy,
        note);
  }

  /**
   * As a finding in the newer contract, for reports.
   *
   * @return the finding
   */
  public Finding finding() {
    boolean harmless =
        kind == Kind.SOURCE && publishers == Verdict.SAFE && subscribers == Verdict.SAFE;
    String verdicts =
        harmless
            ? ""
            : " ("
                + kind
                + "; publishers: "
                + publishers
                + ", subscribers: "
                + subscribers
                + (bump == Bump.NONE ? "" : "; version: " + bump)
                + ")";
    return new Finding(
        ruleId,
        severity,
        nearest.file(),
        nearest.line(),
        nearest.column(),
        nearest.pointer(),
        subject
            + ": "
            + what
            + verdicts
            + (note.isEmpty() ? "" : "; " + note)
            + (older == null || newer != null ? "" : "; it was at " + older),
        remedy);
  }
}
