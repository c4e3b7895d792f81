# Installs BUILD below WORK, moves it, and uses the Python package from there: the programs of shop_test.py, the metadata,
# and the wheel, unpacked as pip unpacks it.
cmake_minimum_required(VERSION 3.25)

function(run)
    execute_process(COMMAND ${ARGN} COMMAND_ERROR_IS_FATAL ANY COMMAND_ECHO STDOUT)
endfunction()

function(must_say wanted)
    execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE said OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
    if(NOT said STREQUAL wanted)
        message(FATAL_ERROR "'${said}', not '${wanted}', says ${ARGN}")
    endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
file(RENAME ${WORK}/first ${WORK}/moved)
set(site ${WORK}/moved/lib/python3.11/site-packages)
set(ENV{PYTHONPATH} ${site})
must_say("priz ${VERSION}" ${PYTHON} -m priz --version)
must_say("${site}/priz/socket.py" ${PYTHON} -c "import priz.socket\nprint(priz.socket.__file__)")
run(${PYTHON} ${HERE}/shop_test.py ${site})
run(${PYTHON} ${HERE}/same_as_stock_test.py ${site})

file(GLOB wheel ${BUILD}/python/*.whl)
file(ARCHIVE_EXTRACT INPUT ${wheel} DESTINATION ${WORK}/unpacked)
set(ENV{PYTHONPATH} ${WORK}/unpacked)
must_say("priz ${VERSION}" ${PYTHON} -m priz --version)
must_say("True" ${PYTHON} -c [[
import base64, hashlib, importlib.metadata
files = importlib.metadata.files("priz")
print(all(f.hash is None or f.hash.value == base64.urlsafe_b64encode(
    hashlib.sha256(f.locate().read_bytes()).digest()).rstrip(b"=").decode() for f in files) and len(files) > 5)]])
must_say("hi" ${PYTHON} -c "from priz.socket import *\na, b = socketpair()\na.send(b'hi')\nprint(b.recv(9).decode())")
