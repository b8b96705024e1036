#!/usr/bin/env bash
# Installs the grader when Gradescope builds the image of the autograder.
#
# Beside this file there has to be one wheel or source archive of nbcourse, and a file `secret`.
# Python 3.11 or newer is needed: choose Ubuntu 22.04 or newer as the base image.
set -euo pipefail
shopt -s nullglob
cd /autograder/source

packages=(nbcourse-*.whl nbcourse-*.tar.gz)
if [ "${#packages[@]}" -ne 1 ]; then
  echo "one wheel or source archive of nbcourse is needed beside setup.sh, there are ${#packages[@]}" >&2
  exit 1
fi
if [ ! -s secret ]; then
  echo "a file 'secret' is needed beside setup.sh; see the comment in run_autograder" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes libseccomp2
apt-get install --yes python3.11 python3.11-venv || apt-get install --yes python3 python3-venv
python=$(command -v python3.11 || command -v python3)
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
"$python" -m venv /opt/nbcourse
/opt/nbcourse/bin/pip install --no-cache-dir "./${packages[0]}[grading]"
chmod 600 secret
