@NullMarked
package io.stagepost.asyncapi.maven;

import org.jspecify.annotations.NullMarked;
