/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmartScopesTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    system/Patient.read                       | true  | false
                    system/Patient.write                      | false | true
                    system/Patient.*                          | true  | true
                    system/*.read                             | true  | false
                    system/*.*                                | true  | true
                    system/Patient.rs                         | true  | false
                    system/*.rs                               | true  | false
                    system/Patient.cruds                      | true  | true
                    system/*.cruds                            | true  | true
                    system/Patient.cud                        | false | true
                    system/Patient.r                          | false | false
                    system/Patient.s                          | false | false
                    system/Patient.cu                         | false | false
                    system/Patient.sr                         | false | false
                    system/Patient.rss                        | false | false
                    system/Patient.                           | false | false
                    system/Patient.rs?gender=female           | false | false
                    system/Observation.rs                     | false | false
                    system/Observation.read system/Patient.rs | true  | false
                    system/patient.rs                         | false | false
                    SYSTEM/Patient.rs                         | false | false
                    user/Patient.rs                           | false | false
                    patient/Patient.rs                        | false | false
                    xsystem/Patient.rs                        | false | false
                    system/PatientX.rs                        | false | false
                    openid fhirUser launch                    | false | false
                    """)
    void patientsMayBeReadOrWrittenByWhatCoversThemAll(String scopes, boolean reading, boolean writing) {
        SmartScopes parsed = SmartScopes.parse(scopes);

        assertThat(parsed.coversReading("Patient")).isEqualTo(reading);
        assertThat(parsed.coversWriting("Patient")).isEqualTo(writing);
    }

    @Test
    void noScopeCoversNothing() {
        assertThat(SmartScopes.parse("").coversReading("Patient")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"system/*.rs,false", "user/*.rs,true", "patient/*.rs,true", "'system/*.rs user/Patient.r',true"})
    void userLevelScopesSpeakForAUser(String scopes, boolean userLevel) {
        assertThat(SmartScopes.parse(scopes).areUserLevel()).isEqualTo(userLevel);
    }

    @Test
    void theTextIsKeptAsTheTokenHasIt() {
        assertThat(SmartScopes.parse("openid system/*.rs")).hasToString("openid system/*.rs");
    }
}
