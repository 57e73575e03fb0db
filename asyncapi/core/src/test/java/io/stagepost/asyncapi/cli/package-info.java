@NullMarked
package io.stagepost.asyncapi.cli;

import org.jspecify.annotations.NullMarked;
