package io.stagepost.asyncapi.operations;

import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Message;
import io.stagepost.asyncapi.Operation;
import io.stagepost.asyncapi.Terms;
import io.stagepost.asyncapi.tree.Node;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How many handlers, members and partitions an operation that receives needs, and how long it takes
 * to catch up after an outage: Little's law, and the queue M/M/c for what is above the mean.
 *
 * <p>The load is {@code x-load}, else {@code x-rate}, taken for the load; the service time is that
 * of {@code x-load}, else {@code x-timeout}, as if every event took its whole time.
 *
 * @param operation the operation's key
 * @param address where it receives; null if not known beforehand
 * @param load events a second on average
 * @param peakLoad events a second at the peak
 * @param service mean time of a handler
 * @param sources where the figures are from: file and line, an option, or an assumption
 * @param busy handlers busy on average (Little's law)
 * @param busyAtPeak handlers busy at the peak
 * @param handlers how many suffice at the peak, for utilisation and objective
 * @param utilisation how busy they are at the peak, 0 to 1
 * @param meanWait how long an event waits on average at the peak
 * @param percentile the part of events that the objective is about, 99 unless it says
 * @param latency the time in which that part is handled at the peak
 * @param backlog how many events wait after the outage
 * @param drain how long the backlog takes, while the mean load goes on; null if it never ends
 * @param perKey how many events a second one key can have, since they are handled one by one
 * @param members how many processes
 * @param partitions the fewest partitions
 * @param problems what does not fit together
 */
public record Capacity(
    String operation,
    @Nullable String address,
    double load,
    double peakLoad,
    Duration service,
    List<String> sources,
    double busy,
    double busyAtPeak,
    int handlers,
    double utilisation,
    Duration meanWait,
    double percentile,
    Duration latency,
    long backlog,
    @Nullable Duration drain,
    double perKey,
    int members,
    int partitions,
    List<String> problems) {
  /** More handlers are not computed. */
  private static final int MOST = 100_000;

  /**
   * What could be computed.
   *
   * @param operations in the contract's order
   * @param missing what is not known of the other operations that receive
   */
  public record Plan(List<Capacity> operations, List<String> missing) {}

  /**
   * The capacity that the operations of a contract need which receive.
   *
   * @param contract the contract
   * @param assumptions what goes before it
   * @return in the contract's order
   */
  public static Plan of(Contract contract, Assumptions assumptions) {
    List<Capacity> all = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Operation operation : contract.operations().values()) {
      if (operation.action() == Operation.Action.RECEIVE) {
        new Sizing(contract, operation, assumptions).result(all, missing);
      }
    }
    return new Plan(List.copyOf(all), List.copyOf(missing));
  }

  /** One operation. */
  private static final class Sizing {
    private final Operation operation;
    private final Terms terms;
    private final Assumptions given;
    private final List<String> sources = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    Sizing(Contract contract, Operation operation, Assumptions given) {
      this.operation = operation;
      Message only = operation.messages().size() == 1 ? operation.messages().get(0) : null;
      this.terms = Terms.of(contract, operation, only);
      this.given = given;
    }

    void result(List<Capacity> all, List<String> missing) {
      Double load = load();
      Double service = service();
      if (load == null || service == null) {
        missing.add(
            operation.key()
                + ": "
                + (load == null ? "no load is known; say x-load or --events" : "")
                + (load == null && service == null ? "; " : "")
                + (service == null
                    ? "no service time is known; say serviceTime in x-load, x-timeout or"
                        + " --service-time"
                    : ""));
        return;
      }
      double peak = load * peak();
      double percentile = 99;
      Double within = null;
      Node slo = terms.find("x-slo").orElse(null);
      Node latency = slo == null ? null : slo.get("latency");
      if (latency != null) {
        percentile = number(latency.get("percentile"), percentile);
        within = seconds(latency.text("within"));
      }
      int handlers = handlers(peak, service, percentile, within);
      Queue atPeak = new Queue(peak, service, handlers);
      double rate = handlers / service;
      Double limit = perSecond(terms.find("x-rate").orElse(null));
      if (limit != null && limit < peak) {
        problems.add(
            String.format(
                Locale.ROOT,
                "x-rate lets %s events/s through, %s come at the peak: the rest waits",
                figure(limit),
                figure(peak)));
        rate = Math.min(rate, limit);
      }
      terms
          .duration("x-timeout")
          .map(term -> term.value().toNanos() / 1e9)
          .filter(timeout -> service > timeout)
          .ifPresent(
              timeout ->
                  problems.add(
                      "the service time is longer than x-timeout: handlers are cancelled"));
      double outage = given.outage().toNanos() / 1e9;
      double backlog = load * outage;
      Double drain = rate > load ? backlog / (rate - load) : null;
      if (drain == null) {
        problems.add("a backlog is never drained: no more is handled than comes");
      }
      expiry(outage + (drain == null ? 0 : drain));
      int members = (int) Math.max(1, Math.ceil((double) handlers / given.concurrency()));
      all.add(
          new Capacity(
              operation.key(),
              operation.channel().address(),
              load,
              peak,
              duration(service),
              List.copyOf(sources),
              load * service,
              peak * service,
              handlers,
              atPeak.utilisation(),
              duration(atPeak.meanWait()),
              percentile,
              duration(atPeak.percentile(percentile / 100)),
              Math.round(backlog),
              drain == null ? null : duration(drain),
              1 / service,
              members,
              2 * members,
              List.copyOf(problems)));
    }

    private int handlers(double peak, double service, double percentile, @Nullable Double within) {
      int handlers =
          (int) Math.min(MOST, Math.max(1, Math.ceil(peak * service / given.utilisation())));
      double part = 1 - percentile / 100;
      if (within == null || handlers == MOST) {
        return handlers;
      }
      if (Math.exp(-within / service) > part) {
        problems.add(
            String.format(
                Locale.ROOT,
                "x-slo cannot be kept however many handlers there are: %s %% within %s s, and one"
                    + " event takes %s s on average",
                figure(percentile),
                figure(within),
                figure(service)));
        return handlers;
      }
      while (handlers < MOST && new Queue(peak, service, handlers).tail(within) > part) {
        handlers++;
      }
      return handlers;
    }

    private void expiry(double age) {
      terms
          .duration("x-ttl")
          .filter(ttl -> ttl.value().toNanos() / 1e9 < age)
          .ifPresent(
              ttl ->
                  problems.add(
                      "after such an outage events are older than x-ttl ("
                          + ttl.value()
                          + ") before they are handled"));
    }

    private @Nullable Double load() {
      if (given.eventsPerSecond() != null) {
        sources.add("load: given");
        return given.eventsPerSecond();
      }
      for (String name : List.of("x-load", "x-rate")) {
        Optional<Node> node = terms.find(name);
        Double load = perSecond(node.orElse(null));
        if (load != null) {
          String assumed = name.equals("x-rate") ? ", taken for the load" : "";
          sources.add("load: " + name + " at " + node.orElseThrow().place() + assumed);
          return load;
        }
      }
      return null;
    }

    private @Nullable Double service() {
      Duration time = given.serviceTime();
      if (time != null) {
        sources.add("service time: given");
        return time.toNanos() / 1e9;
      }
      Node load = terms.find("x-load").orElse(null);
      Double said = load == null ? null : seconds(load.text("serviceTime"));
      if (load != null && said != null) {
        sources.add("service time: x-load at " + load.place());
        return said;
      }
      Terms.Term<Duration> timeout = terms.duration("x-timeout").orElse(null);
      if (timeout != null && timeout.value().toNanos() > 0) {
        sources.add(
            "service time: x-timeout at "
                + timeout.node().place()
                + ", as if every event took its whole time");
        return timeout.value().toNanos() / 1e9;
      }
      return null;
    }

    private double peak() {
      if (given.peak() != null) {
        sources.add("peak: given");
        return given.peak();
      }
      Node load = terms.find("x-load").orElse(null);
      double peak = load == null ? 1 : number(load.get("peak"), 1);
      return peak >= 1 ? peak : 1;
    }

    private static double number(@Nullable Node node, double otherwise) {
      BigDecimal number = node == null ? null : node.number();
      return number == null || number.signum() <= 0 ? otherwise : number.doubleValue();
    }

    private static @Nullable Double perSecond(@Nullable Node node) {
      Double per = node == null ? null : seconds(node.text("per"));
      double events = node == null ? 0 : number(node.get("events"), 0);
      return per == null || events <= 0 ? null : events / per;
    }

    private static @Nullable Double seconds(@Nullable String text) {
      try {
        Duration duration = text == null ? Duration.ZERO : Duration.parse(text);
        return duration.isZero() || duration.isNegative() ? null : duration.toNanos() / 1e9;
      } catch (DateTimeException | ArithmeticException e) {
        return null;
      }
    }

    private static Duration duration(double seconds) {
      return Duration.ofNanos((long) Math.min(seconds * 1e9, Long.MAX_VALUE / 2.0));
    }
  }

  /** A number as people read it: three digits are enough. */
  static String figure(double value) {
    if (value >= 100) {
      return String.format(Locale.ROOT, "%,d", Math.round(value));
    }
    String text = String.format(Locale.ROOT, "%.3g", value);
    return new BigDecimal(text).stripTrailingZeros().toPlainString();
  }
}
