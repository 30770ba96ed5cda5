/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.authorization;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.hapibinary.authorization.SmartScopes.Permission;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SmartScopesTest {

    /** The letters of SMART v2: create, read, update, delete, search. */
    private static String onPatients(String scopes) {
        SmartScopes parsed = SmartScopes.parse(scopes);
        StringBuilder letters = new StringBuilder();
        for (Permission permission : Permission.values()) {
            if (parsed.allows(permission, "Patient")) {
                letters.append(permission.name().toLowerCase(Locale.ROOT).charAt(0));
            }
        }
        return letters.toString();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            textBlock =
                    """
                    system/Patient.read                       | rs
                    system/Patient.write                      | cud
                    system/Patient.*                          | cruds
                    system/*.read                             | rs
                    system/*.write                            | cud
                    system/*.*                                | cruds
                    system/Patient.rs                         | rs
                    system/*.rs                               | rs
                    system/Patient.cruds                      | cruds
                    system/*.cruds                            | cruds
                    system/Patient.c                          | c
                    system/Patient.r                          | r
                    system/Patient.u                          | u
                    system/Patient.d                          | d
                    system/Patient.s                          | s
                    system/Patient.cud                        | cud
                    system/Patient.cu                         | cu
                    system/Patient.r system/Patient.s         | rs
                    system/Patient.r system/*.s               | rs
                    system/Observation.read system/Patient.rs | rs
                    openid  system/Patient.rs launch          | rs
                    system/Patient.sr                         | ''
                    system/Patient.dru                        | ''
                    system/Patient.rss                        | ''
                    system/Patient.rsx                        | ''
                    system/Patient.Read                       | ''
                    system/Patient.read.write                 | ''
                    system/Patient.r*                         | ''
                    system/Patient.**                         | ''
                    system/Patient.                           | ''
                    system/Patient                            | ''
                    system/.rs                                | ''
                    system/P*.rs                              | ''
                    system/**.rs                              | ''
                    system/Patient.rs?gender=female           | ''
                    system/*.rs?_security=N                   | ''
                    system/Patient.rs?                        | ''
                    system/Patient.read?gender=female         | ''
                    system/Observation.rs                     | ''
                    system/Patient/Observation.rs             | ''
                    system/patient.rs                         | ''
                    system/PatientX.rs                        | ''
                    SYSTEM/Patient.rs                         | ''
                    xsystem/Patient.rs                        | ''
                    /Patient.rs                               | ''
                    Patient.rs                                | ''
                    user/Patient.rs                           | ''
                    user/*.cruds                              | ''
                    patient/Patient.rs                        | ''
                    patient/*.read                            | ''
                    openid fhirUser launch offline_access     | ''
                    """)
    void aScopePermitsOnPatientsWhatItSays(String scopes, String permitted) {
        assertThat(onPatients(scopes)).isEqualTo(permitted);
    }

    @ParameterizedTest
    @CsvSource({
        "system/Patient.read,true",
        "system/Patient.rs,true",
        "system/Patient.r system/Patient.s,true",
        "system/Patient.r,false",
        "system/Patient.s,false",
        "system/Patient.cud,false",
        "system/Patient.rs?_id=1,false"
    })
    void exportingIsReadingAndSearching(String scopes, boolean covered) {
        assertThat(SmartScopes.parse(scopes).coversReading("Patient")).isEqualTo(covered);
    }

    @Test
    void noScopeCoversNothing() {
        assertThat(SmartScopes.parse("").coversReading("Patient")).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "system/*.rs,false",
        "user/*.rs,true",
        "patient/*.rs,true",
        "system/*.rs user/Patient.r,true",
        "system/*.rs user/Patient.rs?gender=female,true",
        "openid fhirUser,false"
    })
    void userLevelScopesSpeakForAUser(String scopes, boolean userLevel) {
        assertThat(SmartScopes.parse(scopes).areUserLevel()).isEqualTo(userLevel);
    }

    @Test
    void theTextIsKeptAsTheTokenHasIt() {
        assertThat(SmartScopes.parse("openid system/*.rs")).hasToString("openid system/*.rs");
    }
}
