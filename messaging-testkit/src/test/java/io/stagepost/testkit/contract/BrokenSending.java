package io.stagepost.testkit.contract;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.stagepost.Backlog;
import io.stagepost.PublishRejectedException;
import io.stagepost.PublishRejectedException.Fault;
import io.stagepost.PublishUnknownException;
import io.stagepost.Receipt;
import io.stagepost.spi.Browser;
import io.stagepost.spi.Header;
import io.stagepost.spi.Message;
import io.stagepost.spi.Need;
import io.stagepost.spi.Sender;
import io.stagepost.spi.TopologyAdmin;
import io.stagepost.spi.TopologyReport;
import io.stagepost.spi.Transport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Transports whose way out is broken. */
final class BrokenSending {
  private BrokenSending() {}

  /** What a sender's answer becomes. */
  private static Transport answering(
      Transport whole, Function<CompletableFuture<Receipt>, CompletableFuture<Receipt>> answer) {
    return new Passing(whole) {
      @Override
      CompletableFuture<Receipt> send(Sender sender, Message message) {
        return answer.apply(sender.send(message));
      }
    };
  }

  private static Receipt rethrow(Throwable failure) {
    throw failure instanceof CompletionException known ? known : new CompletionException(failure);
  }

  static Transport acceptsWhatRoutesNowhere(Transport whole) {
    return answering(
        whole,
        sent ->
            sent.exceptionally(
                failure ->
                    failure instanceof PublishRejectedException rejected
                            && rejected.fault() == Fault.SURROUNDINGS
                        ? new Receipt("", "")
                        : rethrow(failure)));
  }

  static Transport tellsRejectedAsUnknown(Transport whole) {
    return answering(
        whole,
        sent ->
            sent.exceptionally(
                failure ->
                    rethrow(
                        failure instanceof PublishRejectedException
                            ? new PublishUnknownException("X-X-001", "who knows", failure)
                            : failure)));
  }

  static Transport tellsUnknownAsRejected(Transport whole) {
    return answering(
        whole,
        sent ->
            sent.exceptionally(
                failure ->
                    rethrow(
                        failure instanceof PublishUnknownException
                            ? new PublishRejectedException(
                                "X-X-001", "no", Fault.SURROUNDINGS, failure)
                            : failure)));
  }

  static Transport confirmsWhatItLoses(Transport whole) {
    AtomicInteger sent = new AtomicInteger();
    return new Passing(whole) {
      @Override
      CompletableFuture<Receipt> send(Sender sender, Message message) {
        return sent.incrementAndGet() % 10 == 0
            ? CompletableFuture.completedFuture(new Receipt(message.address(), "0/0"))
            : sender.send(message);
      }
    };
  }

  /** Every fifth message waits for the one behind it, if that comes soon. */
  static Transport reordersWhatItSends(Transport whole) {
    return new Passing(whole) {
      private int sent;
      private @Nullable Runnable waiting;

      @Override
      synchronized CompletableFuture<Receipt> send(Sender sender, Message message) {
        if (++sent % 5 == 0) {
          CompletableFuture<Receipt> later = new CompletableFuture<>();
          Runnable sending =
              () -> {
                var unused =
                    sender
                        .send(message)
                        .whenComplete(
                            (receipt, failure) -> {
                              if (failure == null) {
                                later.complete(receipt);
                              } else {
                                later.completeExceptionally(failure);
                              }
                            });
              };
          waiting = sending;
          CompletableFuture.delayedExecutor(20, java.util.concurrent.TimeUnit.MILLISECONDS)
              .execute(this::flush);
          return later;
        }
        CompletableFuture<Receipt> receipt = sender.send(message);
        flush();
        return receipt;
      }

      private synchronized void flush() {
        Runnable sending = waiting;
        waiting = null;
        if (sending != null) {
          sending.run();
        }
      }
    };
  }

  // ---- bytes

  private static Transport sending(Transport whole, UnaryOperator<Message> change) {
    return new Passing(whole) {
      @Override
      CompletableFuture<Receipt> send(Sender sender, Message message) {
        return sender.send(change.apply(message));
      }
    };
  }

  private static Transport sendingHeaders(Transport whole, UnaryOperator<List<Header>> change) {
    return sending(
        whole,
        message ->
            new Message(
                message.address(), message.key(), change.apply(message.headers()), message.body()));
  }

  static Transport dropsAHeader(Transport whole) {
    return sendingHeaders(
        whole, headers -> headers.size() < 3 ? headers : headers.subList(0, headers.size() - 1));
  }

  static Transport sortsHeaders(Transport whole) {
    return sendingHeaders(
        whole,
        headers -> {
          List<Header> sorted = new ArrayList<>(headers);
          sorted.sort(Comparator.comparing(Header::name));
          return sorted;
        });
  }

  static Transport takesHeadersForText(Transport whole) {
    return sendingHeaders(
        whole,
        headers ->
            headers.stream()
                .map(
                    header -> {
                      byte[] value = header.value();
                      return value == null
                          ? header
                          : new Header(header.name(), new String(value, UTF_8).getBytes(UTF_8));
                    })
                .toList());
  }

  static Transport makesNoHeaderValueAnEmptyOne(Transport whole) {
    return sendingHeaders(
        whole,
        headers ->
            headers.stream()
                .map(
                    header ->
                        header.value() == null ? new Header(header.name(), new byte[0]) : header)
                .toList());
  }

  static Transport makesNoBodyAnEmptyOne(Transport whole) {
    return sending(
        whole,
        message ->
            message.body() != null
                ? message
                : new Message(message.address(), message.key(), message.headers(), new byte[0]));
  }

  static Transport takesAnEmptyKeyForNone(Transport whole) {
    return sending(
        whole,
        message -> {
          byte[] key = message.key();
          return key == null || key.length > 0
              ? message
              : new Message(message.address(), null, message.headers(), message.body());
        });
  }

  static Transport forgetsTheTrace(Transport whole) {
    return sendingHeaders(
        whole,
        headers ->
            headers.stream().filter(header -> !header.name().endsWith("tracestate")).toList());
  }

  static Transport forgetsTheExpiry(Transport whole) {
    return sendingHeaders(
        whole,
        headers ->
            headers.stream().filter(header -> !header.name().endsWith("expirytime")).toList());
  }

  // ---- looking

  /** Another administration, which asks the whole one for what it is not to break. */
  private static Transport administered(
      Transport whole, Function<TopologyAdmin, TopologyAdmin> breaking) {
    return new Passing(whole) {
      @Override
      public TopologyAdmin topology() {
        return breaking.apply(whole.topology());
      }
    };
  }

  static Transport startsWithoutLooking(Transport whole) {
    return administered(
        whole,
        topology ->
            new PassingTopology(topology) {
              @Override
              public TopologyReport provision(Collection<Need> needs) {
                TopologyReport unused = super.provision(needs);
                return new TopologyReport(List.of(), List.of());
              }
            });
  }

  static Transport knowsNoLag(Transport whole) {
    return administered(
        whole,
        topology ->
            new PassingTopology(topology) {
              @Override
              public Map<String, Long> lag(String subscription, Collection<String> addresses) {
                return addresses.stream()
                    .collect(java.util.stream.Collectors.toMap(address -> address, address -> 0L));
              }
            });
  }

  /** It tells the age of what was settled long ago. */
  static Transport tellsTheAgeOfWhatIsSettled(Transport whole) {
    return administered(
        whole,
        topology ->
            new PassingTopology(topology) {
              @Override
              public List<Backlog> backlog(String subscription, Collection<String> addresses) {
                List<Backlog> held = depth(addresses);
                List<Backlog> told = new ArrayList<>();
                for (Backlog each : super.backlog(subscription, addresses)) {
                  told.add(
                      new Backlog(
                          each.address(),
                          each.partition(),
                          each.messages(),
                          held.get(told.size()).oldest()));
                }
                return told;
              }
            });
  }

  static Transport browsesFromTheBeginningOnly(Transport whole) {
    return new Passing(whole) {
      @Override
      public Browser browser() {
        return browsing(
            whole,
            (what, visitor) ->
                whole
                    .browser()
                    .browse(Browser.Selection.of(what.address()).limit(what.limit()), visitor));
      }
    };
  }

  static Transport browsesOnAndOn(Transport whole) {
    return new Passing(whole) {
      @Override
      public Browser browser() {
        return browsing(
            whole,
            (what, visitor) ->
                whole
                    .browser()
                    .browse(
                        what,
                        stored -> {
                          boolean unused = visitor.visit(stored);
                          return true;
                        }));
      }
    };
  }

  /** What any connection has browsed is never delivered. */
  static UnaryOperator<Transport> browsingConsumes() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    return whole -> browsingConsumes(whole, seen);
  }

  private static Transport browsingConsumes(Transport whole, Set<String> seen) {
    return new Passing(BrokenReceiving.skipping(whole, seen)) {
      @Override
      public Browser browser() {
        return browsing(
            whole,
            (what, visitor) ->
                whole
                    .browser()
                    .browse(
                        what,
                        stored -> {
                          seen.add(BrokenReceiving.position(stored.origin()));
                          return visitor.visit(stored);
                        }));
      }
    };
  }

  private static Browser browsing(
      Transport whole, BiConsumer<Browser.Selection, Browser.Visitor> browsing) {
    return new Browser() {
      @Override
      public void browse(Selection what, Visitor visitor) {
        browsing.accept(what, visitor);
      }

      @Override
      public Map<String, String> ends(String address) {
        return whole.browser().ends(address);
      }
    };
  }
}
