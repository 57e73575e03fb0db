package io.stagepost.asyncapi.maven;

import io.stagepost.asyncapi.Linter;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugins.annotations.LifecyclePhase;
import org.apache.maven.plugins.annotations.Mojo;
import org.apache.maven.plugins.annotations.Parameter;
import org.jspecify.annotations.Nullable;

/** Checks the contracts against the specification and the governance rules. */
@Mojo(name = "lint", defaultPhase = LifecyclePhase.VERIFY, threadSafe = true)
public final class LintMojo extends ContractMojo {
  /** Severities of the rules, as YAML; those of the documentation if it is not given. */
  @Parameter(property = "asyncapi.config")
  @Nullable File config;

  /** For Maven. */
  public LintMojo() {}

  @Override
  void run(List<Path> files) throws MojoExecutionException, MojoFailureException {
    Linter standard = Linter.standard();
    Linter linter = config == null ? standard : standard.configured(config.toPath());
    tell(checked(files).stream().flatMap(each -> linter.lint(each).stream()).toList());
  }
}
