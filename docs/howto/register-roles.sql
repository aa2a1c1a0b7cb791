-- Who may do what in a register that a team shares in PostgreSQL 12 or later.
-- Run it once, as the register's owner, after the first `budgetopt register submit`.
-- Then: GRANT budgetopt_submitter TO anna; GRANT budgetopt_approver TO minh;
CREATE ROLE budgetopt_reader NOLOGIN;
CREATE ROLE budgetopt_submitter NOLOGIN IN ROLE budgetopt_reader;
CREATE ROLE budgetopt_approver NOLOGIN IN ROLE budgetopt_reader;

REVOKE ALL ON register_schema, register_documents, register_entries FROM PUBLIC;
GRANT SELECT ON register_schema, register_documents, register_entries TO budgetopt_reader;
GRANT INSERT ON register_documents, register_entries TO budgetopt_submitter;
GRANT INSERT ON register_entries TO budgetopt_approver;

ALTER TABLE register_entries ENABLE ROW LEVEL SECURITY;
CREATE POLICY budgetopt_read ON register_entries FOR SELECT TO budgetopt_reader USING (true);
CREATE POLICY budgetopt_submit ON register_entries FOR INSERT TO budgetopt_submitter
    WITH CHECK (action IN ('submit', 'supersede', 'sign'));
CREATE POLICY budgetopt_approve ON register_entries FOR INSERT TO budgetopt_approver
    WITH CHECK (action IN ('endorse', 'approve', 'reject', 'supersede', 'policy', 'sign'));
