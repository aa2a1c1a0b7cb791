"""python -m budgetopt: the command."""

from scenarios.cli import main

if __name__ == "__main__":
    main(prog_name="budgetopt")
