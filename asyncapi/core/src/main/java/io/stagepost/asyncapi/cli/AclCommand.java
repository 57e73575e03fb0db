package io.stagepost.asyncapi.cli;

import static java.util.Objects.requireNonNull;

import io.stagepost.asyncapi.operations.AccessList;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The command {@code contract acl}. */
@Command(
    name = "acl",
    mixinStandardHelpOptions = true,
    description = "Writes what a broker must allow the application of a contract.")
final class AclCommand implements Callable<Integer> {
  /** By its name, in any case. */
  static final class BrokerName extends EnumName<AccessList.Broker> {
    /** For picocli. */
    BrokerName() {
      super(AccessList.Broker.class);
    }
  }

  /** By its name, in any case, with a hyphen or without. */
  static final class DeclaresName extends EnumName<AccessList.Declares> {
    /** For picocli. */
    DeclaresName() {
      super(AccessList.Declares.class);
    }

    @Override
    public AccessList.Declares convert(String value) {
      return super.convert(value.replace('-', '_'));
    }
  }

  @Mixin private ContractFiles contracts = new ContractFiles();

  @Option(
      names = "--for",
      paramLabel = "BROKER",
      required = true,
      description = "kafka or rabbitmq",
      converter = BrokerName.class)
  private AccessList.@Nullable Broker broker;

  @Option(
      names = "--principal",
      paramLabel = "NAME",
      description = "User:NAME, or RabbitMQ's user; default: by the contract's title")
  private @Nullable String principal;

  @Option(
      names = "--subscription",
      paramLabel = "NAME",
      description = "the name of its subscriptions, where the contract has no group")
  private @Nullable String subscription;

  @Option(
      names = "--vhost",
      paramLabel = "NAME",
      description = "RabbitMQ's virtual host; default: by the server's path, else /")
  private @Nullable String virtualHost;

  @Option(
      names = "--topology",
      paramLabel = "MODE",
      description = "as the transport is told: none, verify (default) or auto-create",
      converter = DeclaresName.class)
  private AccessList.Declares topology = AccessList.Declares.VERIFY;

  @Option(names = "--defer", description = "its policies defer: long delays have their addresses")
  private boolean defers;

  /** For picocli. */
  AclCommand() {}

  @Override
  public Integer call() {
    AccessList.Who who = new AccessList.Who(principal, subscription, virtualHost, topology, defers);
    contracts
        .valid()
        .forEach(
            (file, contract) -> {
              AccessList list = AccessList.of(contract, requireNonNull(broker), who);
              list.notes()
                  .forEach(note -> contracts.err().println("contract: " + file + ": " + note));
              contracts.out().print(contracts.isText() ? list.text() : list.json());
            });
    return contracts.code();
  }
}
