package io.stagepost.internal.engine;

import io.stagepost.internal.engine.Passage.Next;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The least that gathers: members join or follow, a job hands them over, some leave unhandled. */
final class ModelBatch {
  private final Schedule schedule;
  private final int size;
  private @Nullable Gathering open;
  private boolean closed;

  ModelBatch(Schedule schedule, int size) {
    this.schedule = schedule;
    this.size = size;
  }

  static final class Gathering {
    final List<Member> members = new ArrayList<>();
    boolean flushed;
  }

  static final class Member {
    final ScheduleStep step;
    final Gathering gathering;
    final @Nullable Member ahead;
    final CompletableFuture<Next> next = new CompletableFuture<>();
    boolean left;

    Member(ScheduleStep step, Gathering gathering, @Nullable Member ahead) {
      this.step = step;
      this.gathering = gathering;
      this.ahead = ahead;
    }
  }

  CompletionStage<Next> join(ScheduleStep step) {
    Gathering gathering = open;
    if (gathering == null) {
      Gathering begun = new Gathering();
      open = begun;
      gathering = begun;
      var unused =
          schedule.time.schedule(
              () -> flush(begun), schedule.random.nextInt(40), TimeUnit.MILLISECONDS);
    }
    return add(step, gathering, null);
  }

  @Nullable CompletionStage<Next> follow(ScheduleStep step, @Nullable Member ahead) {
    if (ahead == null || open == null || ahead.gathering != open) {
      return null;
    }
    return add(step, ahead.gathering, ahead);
  }

  private CompletionStage<Next> add(
      ScheduleStep step, Gathering gathering, @Nullable Member ahead) {
    Member member = new Member(step, gathering, ahead);
    if (ahead == null) {
      schedule.oracle.gathers(step.passing, gathering);
    } else {
      schedule.oracle.followed(step.passing, gathering);
    }
    step.member = member;
    gathering.members.add(member);
    if (gathering.members.size() >= size || closed) {
      flush(gathering);
    }
    return member.next;
  }

  void close() {
    closed = true;
    if (open != null) {
      flush(open);
    }
  }

  private void flush(Gathering gathering) {
    if (gathering.flushed) {
      return;
    }
    gathering.flushed = true;
    if (open == gathering) {
      open = null;
    }
    schedule.engine.execute(() -> handle(gathering.members));
  }

  private void handle(List<Member> members) {
    schedule.oracle.occupied();
    List<Member> batch = new ArrayList<>();
    Map<String, Integer> last = new HashMap<>();
    for (Member member : members) {
      TestDelivery passing = member.step.passing;
      if (closed || behindOneThatLeft(member) || !passing.assignment().isHeld()) {
        leave(member, new Next.Again(Duration.ZERO));
        continue;
      }
      batch.add(member);
      if (passing.keyText() != null) {
        Integer before = last.put(passing.keyText(), passing.number);
        schedule.oracle.check(
            before == null || before < passing.number, "order in a batch", passing.number);
      }
    }
    schedule.meanwhile();
    if (schedule.fails() && !batch.isEmpty()) {
      // All are to be tried again, or all behind one of them.
      schedule.budget.failed();
      int from = schedule.random.nextBoolean() ? 0 : schedule.random.nextInt(batch.size());
      for (int i = 0; i < batch.size(); i++) {
        Member member = batch.get(i);
        if (i == from || from == 0) {
          leave(member, new Next.Again(Duration.ofMillis(schedule.random.nextInt(50))));
        } else if (behindOneThatLeft(member)) {
          leave(member, new Next.Again(Duration.ZERO));
        } else {
          handled(member);
        }
      }
    } else {
      batch.forEach(this::handled);
    }
    schedule.oracle.vacated();
  }

  private static boolean behindOneThatLeft(Member member) {
    return member.ahead != null && member.ahead.left;
  }

  private void handled(Member member) {
    complete(member, member.step.finished(schedule.random.nextInt(10) > 0), false);
  }

  private void leave(Member member, Next next) {
    member.left = true;
    complete(member, next, true);
  }

  private void complete(Member member, Next next, boolean again) {
    schedule.oracle.ended(member.step.passing, true, again);
    member.step.member = null;
    member.next.complete(next);
  }
}
