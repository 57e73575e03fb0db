package io.stagepost.testkit.contract;

import io.stagepost.spi.Assignment;
import io.stagepost.spi.Capabilities;
import io.stagepost.spi.Delivery;
import io.stagepost.spi.Intake;
import io.stagepost.spi.Origin;
import io.stagepost.spi.Receiver;
import io.stagepost.spi.Transport;
import io.stagepost.testkit.contract.Passing.PassingDelivery;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Transports whose way in is broken. */
final class BrokenReceiving {
  private BrokenReceiving() {}

  static String position(Origin origin) {
    return origin.address() + "-" + origin.partition() + "@" + origin.position();
  }

  private static Transport delivering(Transport whole, UnaryOperator<Delivery> change) {
    return new Passing(whole) {
      @Override
      int offer(Intake intake, List<? extends Delivery> deliveries) {
        return intake.offer(deliveries.stream().map(change).toList());
      }
    };
  }

  static Transport settlesWhatItOffers(Transport whole) {
    return new Passing(whole) {
      @Override
      int offer(Intake intake, List<? extends Delivery> deliveries) {
        int taken = intake.offer(deliveries);
        deliveries.subList(0, taken).forEach(Delivery::settle);
        return taken;
      }
    };
  }

  /** Remembers what was taken, to settle it when it should not. */
  private static class Remembering extends Passing {
    final Queue<Delivery> taken = new ConcurrentLinkedQueue<>();

    Remembering(Transport whole) {
      super(whole);
    }

    @Override
    int offer(Intake intake, List<? extends Delivery> deliveries) {
      int count = intake.offer(deliveries);
      taken.addAll(deliveries.subList(0, count));
      return count;
    }
  }

  static Transport losesWhatACrashInterrupts(Transport whole) {
    return new Remembering(whole) {
      @Override
      void crashing() {
        taken.forEach(Delivery::settle);
        // they are made durable in a while; a crash in between would bring them back
        org.awaitility.Awaitility.await()
            .pollDelay(java.time.Duration.ofMillis(60))
            .until(() -> true);
      }
    };
  }

  static Transport settlesAllWhenItCloses(Transport whole) {
    return new Remembering(whole) {
      @Override
      void close(Receiver receiver) {
        taken.forEach(Delivery::settle);
        receiver.close();
      }
    };
  }

  /** Settles a little later, unless it is closed before: then not at all. */
  static Transport forgetsWhatItSettledWhenItCloses(Transport whole) {
    return new Passing(whole) {
      private volatile boolean closed;

      @Override
      int offer(Intake intake, List<? extends Delivery> deliveries) {
        return intake.offer(
            deliveries.stream()
                .map(
                    delivery ->
                        new PassingDelivery(delivery) {
                          @Override
                          public void settle() {
                            CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS)
                                .execute(
                                    () -> {
                                      if (!closed) {
                                        delivery.settle();
                                      }
                                    });
                          }
                        })
                .toList());
      }

      @Override
      void close(Receiver receiver) {
        closed = true;
        receiver.close();
      }
    };
  }

  /** As one who commits an offset without looking at what lies below it. */
  static Transport settlesAllBeforeTheLatest(Transport whole) {
    Map<Assignment, Queue<Delivery>> taken = new ConcurrentHashMap<>();
    return delivering(
        whole,
        delivery -> {
          Queue<Delivery> ofPartition =
              taken.computeIfAbsent(delivery.assignment(), a -> new ConcurrentLinkedQueue<>());
          ofPartition.add(delivery);
          return new PassingDelivery(delivery) {
            @Override
            public void settle() {
              for (Delivery each : ofPartition) {
                each.settle();
                if (each == delivery) {
                  return;
                }
              }
            }
          };
        });
  }

  static Transport settlesForALostAssignment(Transport whole) {
    Map<String, Delivery> latest = new ConcurrentHashMap<>();
    return delivering(
        whole,
        delivery -> {
          latest.put(position(delivery.origin()), delivery);
          return new PassingDelivery(delivery) {
            @Override
            public void settle() {
              Delivery now = latest.get(position(delivery.origin()));
              (now == null ? delivery : now).settle();
            }
          };
        });
  }

  static Transport dropsWhatIsRefused(Transport whole) {
    return new Passing(whole) {
      @Override
      int offer(Intake intake, List<? extends Delivery> deliveries) {
        int unused = intake.offer(deliveries);
        return deliveries.size();
      }
    };
  }

  /** The second time under another address, so that it is another lane. */
  static Transport deliversTwiceAtOnce(Transport whole) {
    return new Passing(whole) {
      @Override
      int offer(Intake intake, List<? extends Delivery> deliveries) {
        int taken = intake.offer(deliveries);
        List<Delivery> again = new ArrayList<>();
        for (Delivery delivery : deliveries.subList(0, taken)) {
          again.add(
              new PassingDelivery(delivery) {
                @Override
                public String address() {
                  return "again";
                }

                @Override
                public void settle() {}
              });
        }
        int unused = intake.offer(again);
        return taken;
      }
    };
  }

  /** The last of each batch comes first. */
  static Transport reordersWhatItReceives(Transport whole) {
    Set<String> early = ConcurrentHashMap.newKeySet();
    return new Passing(whole) {
      @Override
      int offer(Intake intake, List<? extends Delivery> deliveries) {
        int last = deliveries.size() - 1;
        Delivery hasty = deliveries.get(last);
        if (last > 0 && !early.contains(position(hasty.origin()))) {
          if (intake.offer(List.of(hasty)) == 0) {
            return 0;
          }
          early.add(position(hasty.origin()));
        }
        for (int i = 0; i < deliveries.size(); i++) {
          Delivery delivery = deliveries.get(i);
          if (!early.remove(position(delivery.origin())) && intake.offer(List.of(delivery)) == 0) {
            return i;
          }
        }
        return deliveries.size();
      }
    };
  }

  static Transport handsOverWithoutWaiting(Transport whole) {
    return new Passing(whole) {
      @Override
      CompletableFuture<Void> release(Intake intake, Collection<Assignment> assignments) {
        var unused = super.release(intake, assignments);
        return CompletableFuture.completedFuture(null);
      }
    };
  }

  static Transport handsOverWithoutReleasing(Transport whole) {
    return new Passing(whole) {
      @Override
      CompletableFuture<Void> lose(Intake intake, Collection<Assignment> assignments) {
        return CompletableFuture.completedFuture(null);
      }

      @Override
      CompletableFuture<Void> release(Intake intake, Collection<Assignment> assignments) {
        return CompletableFuture.completedFuture(null);
      }
    };
  }

  static Transport losesInSilence(Transport whole) {
    return new Passing(whole) {
      @Override
      CompletableFuture<Void> lose(Intake intake, Collection<Assignment> assignments) {
        return intake.release(assignments);
      }
    };
  }

  static Transport weighsNothing(Transport whole) {
    return delivering(
        whole,
        delivery ->
            new PassingDelivery(delivery) {
              @Override
              public int size() {
                return 0;
              }
            });
  }

  static Transport claimsToBeFull(Transport whole) {
    return new Passing(whole) {
      @Override
      public Capabilities capabilities() {
        return Capabilities.full();
      }
    };
  }

  /** Settles, instead of offering, what has been seen. */
  static Transport skipping(Transport whole, Set<String> seen) {
    return new Passing(whole) {
      @Override
      int offer(Intake intake, List<? extends Delivery> deliveries) {
        for (int i = 0; i < deliveries.size(); i++) {
          Delivery delivery = deliveries.get(i);
          if (seen.contains(position(delivery.origin()))) {
            delivery.settle();
          } else if (intake.offer(List.of(delivery)) == 0) {
            return i;
          }
        }
        return deliveries.size();
      }
    };
  }

  static Transport neverTellsOfRoom(Transport whole) {
    return new Passing(whole) {
      @Override
      public Receiver receive(io.stagepost.spi.Reception reception, Intake intake) {
        Receiver receiver = super.receive(reception, intake);
        return new Receiver() {
          @Override
          public void roomAvailable() {}

          @Override
          public void close() {
            receiver.close();
          }
        };
      }
    };
  }
}
