package io.stagepost.dlq.cli;

import static java.util.Objects.requireNonNull;

import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what makes a shell complete commands and options. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    header = "Print completions for a shell.",
    description = {"", "Makes the shell complete commands, options and their values."},
    footerHeading = "%nExamples:%n",
    footer = {
      "  source <(dlq completion bash)    in ~/.bashrc",
      "  source <(dlq completion zsh)     in ~/.zshrc, after compinit"
    })
final class CompletionCommand implements Callable<Integer> {
  /** A shell that is known. */
  enum Shell {
    /** GNU Bash. */
    BASH,
    /** Z shell, by its emulation of Bash's completion. */
    ZSH
  }

  @Parameters(paramLabel = "SHELL", description = "bash or zsh")
  private @Nullable Shell shell;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  CompletionCommand() {}

  @Override
  public Integer call() {
    CommandLine command = requireNonNull(spec).commandLine();
    // One script serves both: it asks which shell it is in.
    command.getOut().println("# For " + requireNonNull(shell).name().toLowerCase(Locale.ROOT));
    command.getOut().print(AutoComplete.bash("dlq", requireNonNull(command.getParent())));
    return ExitCode.DONE.number();
  }
}
