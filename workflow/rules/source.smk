"""Where the project's files are when a workflow imports this one.

REQUIRED INPUTS: none.
OUTPUTS: the function get_root; of a project elsewhere, its files under .snakemake/neuroturing/{commit}/.
"""

import os
import tempfile
from pathlib import Path

import git
from snakemake.exceptions import WorkflowError
from snakemake.sourcecache import HostingProviderFile, LocalGitFile, LocalSourceFile


def get_root():
    """Folder of the project. Of one that is imported from a repository, a copy of that commit in the run's own folder: Snakemake fetches
    single files, and scripts need the library that lies beside them.
    """
    here = workflow.current_basedir
    if isinstance(here, LocalSourceFile):
        return Path(str(here)).resolve().parent
    if isinstance(here, HostingProviderFile):
        workflow.sourcecache.get_path(here.join("Snakefile"))
        here.cache_path = workflow.sourcecache.cache_path
        repository = here.hosted_repo.repo
    elif isinstance(here, LocalGitFile):
        repository = git.Repo(here.repo_path)
    else:
        raise WorkflowError(
            f"{here} is a single file. Hint: import the project as github(...), gitlab(...), gitfile(...) or a path"
        )
    commit = repository.commit(here.ref)
    root = Path(".snakemake/neuroturing").absolute() / commit.hexsha
    if not root.exists():
        root.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=root.parent) as folder:
            write_tree(commit.tree, Path(folder) / "copy")
            (Path(folder) / "copy").rename(root)
    return root


def write_tree(tree, folder):
    """Write the files of a commit, as old as can be: a script that is newer than results would make them anew."""
    for file in tree.traverse():
        if file.type == "blob":
            path = folder / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data_stream.read())
            os.utime(path, (1, 1))
