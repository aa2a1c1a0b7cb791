from scenarios.cli import main

main(prog_name="budgetopt")
