package io.stagepost.dlq.cli;

import io.stagepost.Backlog;
import io.stagepost.MessagingException;
import io.stagepost.asyncapi.Contract;
import io.stagepost.asyncapi.Contracts;
import io.stagepost.dlq.Filter;
import io.stagepost.dlq.Letter;
import io.stagepost.dlq.Letters;
import io.stagepost.schema.SchemaRegistry;
import io.stagepost.spi.Capabilities.Capability;
import io.stagepost.spi.Need;
import io.stagepost.spi.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Looks at each part of a set-up, and notes what it finds. Changes nothing. */
final class Checkup {
  /** So many letters at the head are looked at. */
  private static final int HEAD = 200;

  private final List<Finding> findings;

  Checkup(List<Finding> findings) {
    this.findings = findings;
  }

  List<Contract> contracts(ContractOptions options) {
    List<Contract> read = new ArrayList<>();
    for (Path file : options.files()) {
      try {
        read.add(Contracts.offline().read(file));
        findings.add(Finding.ok("contract " + file, "valid"));
      } catch (MessagingException wrong) {
        findings.add(Finding.problem("contract " + file, wrong));
      }
    }
    return read;
  }

  void registry(RegistryOptions options, boolean plaintext) {
    try (SchemaRegistry registry = options.open(plaintext)) {
      if (registry != null) {
        // Whether it has such a subject does not matter: that it answers does.
        List<Integer> unused = registry.versions("dlq-doctor");
        findings.add(Finding.ok("registry " + options.where(), "answers"));
      }
    } catch (MessagingException away) {
      findings.add(Finding.problem("registry " + options.where(), away));
    }
  }

  /** Whether there is anything more to look at. */
  boolean broker(Transport transport, LedgerOptions ledger) {
    long begun = System.nanoTime();
    try {
      boolean unused = ledger.isThere(transport);
    } catch (MessagingException away) {
      findings.add(Finding.problem("broker", away));
      return false;
    }
    long millis = Duration.ofNanos(System.nanoTime() - begun).toMillis();
    findings.add(Finding.ok("broker", transport + " answers, after " + millis + " ms"));
    return true;
  }

  void capabilities(Transport transport) {
    for (Capability capability : List.of(Capability.BROWSING, Capability.LAG)) {
      String why = transport.capabilities().whyLacking(capability);
      if (why != null) {
        findings.add(
            Finding.warning(
                "transport",
                capability == Capability.LAG
                    ? "how far consumers are is not known: " + why
                    : "letters cannot be read without being consumed: " + why,
                capability == Capability.LAG
                    ? "A canary is watched for the whole of --settle; give it the time that"
                        + " handlers take"
                    : "Move them into a stream first: dlq collect"));
      }
    }
  }

  void ledger(Transport transport, LedgerOptions options) {
    String check = "ledger " + options.address();
    try {
      if (options.isThere(transport)) {
        int known = options.addresses(transport).size();
        findings.add(Finding.ok(check, "can be read, and knows addresses: " + known));
      } else {
        findings.add(
            Finding.warning(
                check,
                "is not there",
                "The first replay creates it; where it may not, create it beforehand, keeping"
                    + " everything"));
      }
    } catch (MessagingException unreadable) {
      findings.add(Finding.problem(check, unreadable));
    }
  }

  void address(Transport transport, Transport verifying, String address, Duration horizon) {
    try {
      List<Backlog> partitions = transport.topology().depth(List.of(address));
      long letters = partitions.stream().mapToLong(Backlog::messages).sum();
      findings.add(Finding.ok(address, "is there, letters: " + letters));
    } catch (MessagingException missing) {
      findings.add(Finding.problem(address, missing));
      return;
    }
    Head head = new Head();
    try {
      Letters.on(transport).read(address, Filter.all(), head::add);
    } catch (MessagingException closed) {
      findings.add(Finding.problem(address, closed));
      return;
    }
    head.tell(address, findings);
    for (String origin : head.origins) {
      origin(verifying, address, origin);
    }
    retention(verifying, address, head.origins, horizon);
  }

  private void origin(Transport verifying, String address, String origin) {
    for (String problem :
        verifying.topology().provision(List.of(Need.channel(origin))).problems()) {
      findings.add(
          Finding.problem(
              address,
              "letters came from "
                  + origin
                  + ", where they cannot be sent back: "
                  + Remedies.in(problem),
              "Replay them to where they are handled now: --to ADDRESS"));
    }
  }

  private void retention(
      Transport verifying, String address, Set<String> origins, Duration horizon) {
    for (String origin : origins.isEmpty() ? Set.of(address) : origins) {
      List<Need> needs = List.of(Need.channel(origin), Need.deadLetters(address, origin, horizon));
      try {
        var report = verifying.topology().provision(needs);
        report.problems().stream()
            .filter(problem -> problem.contains(address))
            .forEach(problem -> findings.add(Finding.problem(address, Remedies.in(problem), null)));
        report.warnings().stream()
            .filter(warning -> warning.contains(address))
            .forEach(warning -> findings.add(Finding.warning(address, Remedies.in(warning), "")));
      } catch (MessagingException unseen) {
        findings.add(Finding.problem(address, unseen));
      }
    }
  }

  /** The oldest letters of an address. */
  private static final class Head {
    final Set<String> origins = new TreeSet<>();
    private int letters;
    private int unreadable;
    private String first = "";
    private int withoutOrigin;

    boolean add(Letter letter) {
      letters++;
      if (letter.event() == null) {
        first = unreadable == 0 ? LetterName.of(letter).toString() : first;
        unreadable++;
      }
      String origin = letter.failure().originAddress();
      if (origin == null) {
        withoutOrigin++;
      } else {
        origins.add(origin);
      }
      return letters < HEAD;
    }

    void tell(String address, List<Finding> findings) {
      String of = letters == 1 ? " of 1 letter " : " of the " + letters + " oldest letters ";
      if (unreadable > 0) {
        findings.add(
            Finding.warning(
                address,
                unreadable
                    + of
                    + (unreadable == 1 ? "holds" : "hold")
                    + " no CloudEvent that can be decoded, the first: "
                    + first,
                "Look at it: dlq show " + first + "; replayed, it fails again unless mended"));
      }
      if (withoutOrigin > 0) {
        findings.add(
            Finding.warning(
                address,
                withoutOrigin
                    + of
                    + (withoutOrigin == 1 ? "does not say where it" : "do not say where they")
                    + " came from",
                "Replay them with --to ADDRESS"));
      }
      if (letters > 0 && unreadable + withoutOrigin == 0) {
        findings.add(
            Finding.ok(
                address,
                (letters == 1 ? "the letter " : "all" + of) + "can be decoded and sent back"));
      }
    }
  }
}
