package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.dlq.Plan;
import io.stagepost.dlq.Planner;
import io.stagepost.dlq.Terms;
import io.stagepost.dlq.Upcast;
import io.stagepost.schema.SchemaRegistry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What payloads are checked against, or encoded anew with, before anything is sent. */
final class CheckOptions {
  @Option(
      names = "--validate",
      description =
          "Leave letters alone whose payload is not as the contract's schema of their type says, or"
              + " the newest one of their channel in the registry. All are checked before anything"
              + " is sent.")
  private boolean validate;

  @Option(
      names = "--upcast",
      description =
          "Read Avro with the schema that it was written with, which the registry has, and write it"
              + " with the current one: the contract's, or the registry's newest. JSON stays as it"
              + " is, and is checked.")
  private boolean upcast;

  @Mixin private ContractOptions contracts = new ContractOptions();
  @Mixin private RegistryOptions registries = new RegistryOptions();

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  private @Nullable Encodings encodings;

  /** For picocli. */
  CheckOptions() {}

  /** Whether a schema says what is right. */
  boolean isValidating() {
    return validate;
  }

  /** How payloads are shown. */
  Payloads payloads(BrokerOptions broker, boolean unmask) {
    return new Payloads(contracts.read(), registries.open(broker.allowsPlaintext()), unmask);
  }

  /** What looks at letters before they are sent; nothing, unless that was asked for. */
  Planner.Check check(BrokerOptions broker) {
    return validate ? encodings(broker) : letter -> Optional.empty();
  }

  /** How letters of a plan are encoded anew; null if the plan does not ask for it. */
  @Nullable Upcast upcast(Plan plan, BrokerOptions broker) {
    return plan.terms().upcast() ? encodings(broker) : null;
  }

  /** Makes a plan of what is selected, with what is checked. */
  Plan plan(
      Desk desk, BrokerOptions broker, String address, SelectionOptions selection, Terms terms) {
    Planner planner =
        desk.planner(address)
            .choosing(selection.filter(address))
            .atMost(selection.limit(Long.MAX_VALUE))
            .checking(check(broker))
            .on(upcast ? terms.upcasting() : terms);
    Plan plan = (upcast ? planner.upcasting(encodings(broker)) : planner).plan(address);
    selection.tell(true);
    return plan;
  }

  private Encodings encodings(BrokerOptions broker) {
    Encodings made = encodings;
    if (made == null) {
      SchemaRegistry registry = registries.open(broker.allowsPlaintext());
      if (registry == null && contracts.files().isEmpty()) {
        throw new ParameterException(
            requireNonNull(spec).commandLine(),
            "--validate and --upcast need schemas: --contract FILE, or --registry URL.");
      }
      made = new Encodings(contracts.read(), registry);
      encodings = made;
    }
    return made;
  }
}
