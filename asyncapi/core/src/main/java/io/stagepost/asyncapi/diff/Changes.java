package io.stagepost.asyncapi.diff;

import static io.stagepost.asyncapi.diff.Change.Verdict.BREAKING;
import static io.stagepost.asyncapi.diff.Change.Verdict.SAFE;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Severity;
import io.stagepost.asyncapi.Waivers;
import io.stagepost.asyncapi.diff.Change.Kind;
import io.stagepost.asyncapi.diff.Change.Verdict;
import io.stagepost.asyncapi.diff.Change.Where;
import io.stagepost.asyncapi.tree.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The changes that were found. What is shared by many parts is told once, at its worst. */
final class Changes {
  /** The most changes that are kept. */
  private static final int MOST = 5_000;

  private record Same(String ruleId, @Nullable Where older, @Nullable Where newer, String what) {}

  private final DiffPolicy policy;
  private final Waivers waivers;
  private final Map<Same, Change> found = new LinkedHashMap<>();

  Changes(DiffPolicy policy, Contract newer) {
    this.policy = policy;
    this.waivers = Waivers.of(newer);
  }

  DiffPolicy policy() {
    return policy;
  }

  List<Change> sorted() {
    return found.values().stream().sorted(Change.ORDER).toList();
  }

  /** A change by a rule of ours. */
  void add(
      Scope scope,
      DiffRule rule,
      Effect effect,
      @Nullable Node older,
      @Nullable Node newer,
      String what,
      String remedy) {
    add(scope, rule.id(), rule.kind(), effect, Bump.MINOR, older, newer, what, remedy);
  }

  /** One that nobody needs to know of who reads or writes messages. */
  void text(Scope scope, DiffRule rule, @Nullable Node older, @Nullable Node newer, String what) {
    add(scope, rule.id(), Kind.SOURCE, Effect.NOTHING, null, older, newer, what, "Nothing to do.");
  }

  /** A version that does not rise as it should: nobody breaks by that alone. */
  void version(Scope scope, Severity severity, Node older, Node newer, String what, String remedy) {
    keep(
        scope,
        new Judged(
            DiffRule.VERSION.id(), DiffRule.VERSION.kind(), Effect.NOTHING, severity, Bump.NONE),
        older,
        newer,
        what,
        remedy,
        "");
  }

  /** A removal that was announced, and whose day has come. */
  void announced(Scope scope, DiffRule rule, Effect effect, Node older, String what) {
    keep(
        scope,
        new Judged(rule.id(), rule.kind(), effect, Severity.INFO, Bump.MAJOR),
        older,
        null,
        what,
        "Nothing to do.",
        "its sunset is past");
  }

  /**
   * A change.
   *
   * @param safe how much the version rises if it is safe; null if nothing is added by it, and only
   *     the text differs
   */
  void add(
      Scope scope,
      String ruleId,
      Kind kind,
      Effect effect,
      @Nullable Bump safe,
      @Nullable Node older,
      @Nullable Node newer,
      String what,
      String remedy) {
    Judged judged = judged(scope.roles(), ruleId, kind, effect, safe);
    String note = "";
    if (scope.exempt() && judged.severity() != Severity.INFO) {
      judged = new Judged(ruleId, kind, effect, Severity.INFO, Bump.PATCH);
      note = "it was a draft";
    }
    keep(scope, judged, older, newer, what, remedy, note);
  }

  private record Judged(String ruleId, Kind kind, Effect effect, Severity severity, Bump bump) {}

  private static Judged judged(
      Roles roles, String ruleId, Kind kind, Effect effect, @Nullable Bump safe) {
    Verdict counterparts = roles.counterparts(effect);
    boolean certain = kind == Kind.WIRE || kind == Kind.SILENT;
    if (counterparts == BREAKING || (certain && counterparts != SAFE)) {
      return new Judged(ruleId, kind, effect, Severity.ERROR, Bump.MAJOR);
    }
    if (counterparts != SAFE || (kind == Kind.SOURCE && safe != null)) {
      return new Judged(ruleId, kind, effect, Severity.WARNING, Bump.MINOR);
    }
    Bump bump = effect.isSafe() ? (safe == null ? Bump.PATCH : safe) : Bump.MINOR;
    return new Judged(ruleId, kind, effect, Severity.INFO, bump);
  }

  private void keep(
      Scope scope,
      Judged judged,
      @Nullable Node older,
      @Nullable Node newer,
      String what,
      String remedy,
      String note) {
    List<Node> places = new ArrayList<>(scope.above());
    if (newer != null) {
      places.add(0, newer);
    }
    Severity severity = judged.severity();
    String why = note;
    if (severity != Severity.INFO) {
      Optional<Waivers.Granted> granted = granted(judged.ruleId(), places);
      if (granted.isPresent() && !granted.get().expires().isBefore(policy.today())) {
        severity = Severity.INFO;
        why = "waived until " + granted.get().expires() + ": " + granted.get().reason();
      } else if (granted.isPresent()) {
        why = "its waiver ended on " + granted.get().expires();
      }
    }
    merge(
        new Change(
            judged.ruleId(),
            judged.kind(),
            judged.effect().publishers(),
            judged.effect().subscribers(),
            severity,
            judged.bump(),
            scope.subject(),
            older == null ? null : Where.of(older),
            newer == null ? null : Where.of(newer),
            Where.of(places.get(0)),
            what,
            remedy,
            why));
  }

  private Optional<Waivers.Granted> granted(String ruleId, List<Node> places) {
    Optional<Waivers.Granted> best = Optional.empty();
    for (Node place : places) {
      Optional<Waivers.Granted> here = waivers.granted(ruleId, place);
      if (here.isPresent()
          && (best.isEmpty() || here.get().expires().isAfter(best.get().expires()))) {
        best = here;
      }
    }
    return best;
  }

  private void merge(Change change) {
    Same same = new Same(change.ruleId(), change.older(), change.newer(), change.what());
    Change known = found.get(same);
    if (known == null || (change.older() == null && change.newer() == null)) {
      if (found.size() < MOST) {
        found.put(
            known == null
                ? same
                : new Same(same.ruleId(), null, null, change.subject() + same.what()),
            change);
      } else if (change.severity() == Severity.ERROR) {
        found.put(new Same(DiffRule.LIMIT.id(), null, null, ""), tooMany(change));
      }
      return;
    }
    Change worse = known.severity().compareTo(change.severity()) <= 0 ? known : change;
    found.put(
        same,
        new Change(
            worse.ruleId(),
            worse.kind(),
            known.publishers().or(change.publishers()),
            known.subscribers().or(change.subscribers()),
            worse.severity(),
            known.bump().or(change.bump()),
            worse.subject(),
            worse.older(),
            worse.newer(),
            worse.nearest(),
            worse.what(),
            worse.remedy(),
            worse.note()));
  }

  private static Change tooMany(Change next) {
    return new Change(
        DiffRule.LIMIT.id(),
        DiffRule.LIMIT.kind(),
        Verdict.UNKNOWN,
        Verdict.UNKNOWN,
        Severity.ERROR,
        Bump.MAJOR,
        next.subject(),
        null,
        null,
        next.nearest(),
        "more than " + MOST + " changes; those from here on are left out",
        "Compare with a version that is nearer.",
        "");
  }
}
