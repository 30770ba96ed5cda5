/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.jpaserver.version;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ca.uhn.fhir.batch2.maintenance.JobInstanceProcessor;
import ca.uhn.fhir.batch2.model.WorkChunk;
import ca.uhn.fhir.rest.server.RestfulServer;
import java.net.URL;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HapiCheckTest {

    private static final ClassLoader LOADER = HapiCheckTest.class.getClassLoader();

    /** A HAPI that has another file, or none, in the place of one of its classes. */
    private static final class OtherHapi extends ClassLoader {

        private final String without;
        private final @Nullable String instead;

        OtherHapi(Class<?> without, @Nullable Class<?> instead) {
            super(LOADER);
            this.without = file(without);
            this.instead = instead == null ? null : file(instead);
        }

        private static String file(Class<?> type) {
            return type.getName().replace('.', '/') + ".class";
        }

        @Override
        public @Nullable URL getResource(String name) {
            if (!name.equals(without)) {
                return super.getResource(name);
            }
            return instead == null ? null : super.getResource(instead);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.2.1", "7.6.0", "8.3.9-SNAPSHOT"})
    void anOlderHapiIsRefusedWithWhatItMustBe(String version) {
        assertThatThrownBy(() -> HapiCheck.requireNotTooOld(HapiVersion.of(version)))
                .isInstanceOf(UnfitHapiException.class)
                .hasMessage("HAPI FHIR is " + version
                        + "; hapi-binary needs 8.4 or later, and has been tested with HAPI FHIR 8.4, 8.6 and 8.8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.4.0", "8.6.5", "8.8.0", "8.10.0", "8.9.4-SNAPSHOT", "9.0.0", "(unknown)", ""})
    void aNewerOrUnknownOneIsNot(String version) {
        assertThatCode(() -> HapiCheck.requireNotTooOld(HapiVersion.of(version)))
                .doesNotThrowAnyException();
    }

    @Test
    void whatIsMissingIsNamedInOneSentence() {
        assertThatThrownBy(() -> HapiCheck.requireNoneMissing(
                        HapiVersion.of("8.10.0"), new TreeSet<>(List.of("ca.uhn.fhir.B", "ca.uhn.fhir.A.method"))))
                .isInstanceOf(UnfitHapiException.class)
                .hasMessage("HAPI FHIR 8.10.0 has no ca.uhn.fhir.A.method and 1 more, which hapi-binary needs; it has"
                        + " been tested with HAPI FHIR 8.4, 8.6 and 8.8");
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.8.0", "8.10.0"})
    void theHapiThatThePluginIsCompiledAgainstHasAll(String version) {
        assertThatCode(() -> HapiCheck.check(HapiVersion.of(version), LOADER)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"8.4.0", "8.10.0"})
    void aClassOfHapisThatIsNotThereStopsTheStart(String version) {
        assertThatThrownBy(() -> HapiCheck.check(HapiVersion.of(version), new OtherHapi(WorkChunk.class, null)))
                .isInstanceOf(UnfitHapiException.class)
                .hasMessageContaining(" has no ca.uhn.fhir.batch2.model.WorkChunk, which hapi-binary needs");
    }

    @Test
    void soDoesAMethodInAVersionThatHasNotBeenTested() {
        OtherHapi other = new OtherHapi(RestfulServer.class, Object.class);

        assertThatThrownBy(() -> HapiCheck.check(HapiVersion.of("8.10.0"), other))
                .isInstanceOf(UnfitHapiException.class)
                .hasMessageContaining("HAPI FHIR 8.10.0 has no ca.uhn.fhir.rest.server.RestfulServer.")
                .hasMessageContaining(" more, which hapi-binary needs");
    }

    @Test
    void whatIsNotInEachVersionIsLeftToThePackageThatKnowsThem() {
        OtherHapi other = new OtherHapi(JobInstanceProcessor.class, Object.class);

        assertThatCode(() -> HapiCheck.check(HapiVersion.of("8.10.0"), other)).doesNotThrowAnyException();
    }
}
